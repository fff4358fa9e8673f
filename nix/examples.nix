# Examples, one for each idea: nix-build -E '(import ./nix { pkgs = import <nixpkgs> { }; }).examples.hello'
{ pkgs, dockerTools }:
let
  inherit (dockerTools)
    buildImage
    buildImageWithNixDb
    buildLayeredImage
    buildLayeredImageWithNixDb
    buildNixShellImage
    exportImage
    mergeImages
    pullImage
    streamLayeredImage
    streamNixShellImage
    ;
  inherit (pkgs) buildEnv coreutils writeTextDir;
  # An example has its name.
  bashPackage = pkgs.bash;

  # What may be put into /bin.
  programs =
    paths:
    buildEnv {
      name = "image-root";
      inherit paths;
      pathsToLink = [ "/bin" ];
    };
  shell = programs [
    bashPackage
    coreutils
  ];
  file = name: text: writeTextDir name "${text}\n";

  built = pkgs.stdenv.mkDerivation {
    name = "built";
    builder = pkgs.runtimeShell;
    args = [
      "-c"
      ''
        echo "$greeting" > "$out"
      ''
    ];
    greeting = "hello";
  };
in
rec {
  # --- buildImage

  # A program and what it needs; nothing is copied to the root.
  hello = buildImage {
    name = "hello";
    tag = "latest";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

  # A shell with some programs.
  bash = buildImage {
    name = "bash";
    tag = "latest";
    copyToRoot = shell;
    config.Cmd = [ "/bin/bash" ];
  };

  # A service, with a folder for its data that a script makes.
  redis = buildImage {
    name = "redis";
    tag = "latest";
    copyToRoot = shell;
    extraCommands = "mkdir -p data";
    config = {
      Cmd = [
        "${pkgs.redis}/bin/redis-server"
        "--dir"
        "/data"
      ];
      WorkingDir = "/data";
      Volumes."/data" = { };
    };
  };

  # Users that programs want to know, and a configuration that refers to what is served.
  nginx = buildLayeredImage {
    name = "nginx";
    tag = "latest";
    contents = [
      dockerTools.fakeNss
      pkgs.nginx
    ];
    extraCommands = ''
      mkdir -p tmp/nginx_client_body var/log/nginx
    '';
    config = {
      Cmd = [
        "${pkgs.nginx}/bin/nginx"
        "-c"
        "${pkgs.writeText "nginx.conf" ''
          user nobody nobody;
          daemon off;
          error_log /dev/stdout info;
          pid /dev/null;
          events {}
          http {
            access_log /dev/stdout;
            server {
              listen 80;
              root ${writeTextDir "index.html" "<html><body><h1>Hello</h1></body></html>"};
            }
          }
        ''}"
      ];
      ExposedPorts."80/tcp" = { };
    };
  };

  # An image of a registry, by the digest of its manifest. slipway prefetch prints these arguments.
  pulled = pullImage {
    imageName = "nixos/nix";
    imageDigest = "sha256:473a2b527958665554806aea24d0131bacec46d23af09fef4598eeab331850fa";
    finalImageName = "nix";
    finalImageTag = "2.11.1";
    hash = "sha256-qvhj+Hlmviz+KEBVmsyPIzTB3QlVAFzwAY1zDPIBGxc=";
  };

  # Something more in an image of a registry.
  onPulled = buildImage {
    name = "on-pulled";
    tag = "latest";
    fromImage = pulled;
    copyToRoot = pkgs.hello;
  };

  # A script that runs in the image as root, and users for it.
  users = buildImage {
    name = "users";
    tag = "latest";
    copyToRoot = shell;
    runAsRoot = ''
      ${dockerTools.shadowSetup}
      useradd guest
      mkdir -p /data
    '';
    config.Cmd = [ "/bin/bash" ];
  };

  # The same above another image, with a script after it that sees the layer from outside.
  above = buildImage {
    name = "above";
    tag = "latest";
    fromImage = bash;
    runAsRoot = "mkdir -p /inside";
    extraCommands = "mkdir -p outside";
  };

  # Several programs, joined before they are copied.
  editors = buildImage {
    name = "editors";
    tag = "latest";
    copyToRoot = programs [
      bashPackage
      coreutils
      pkgs.nano
    ];
    keepContentsDirlinks = true;
  };

  # A database, so that Nix in a container knows what is there.
  nix = buildImageWithNixDb {
    name = "nix";
    tag = "latest";
    copyToRoot = programs [
      bashPackage
      coreutils
      pkgs.nix
    ];
    config.Env = [
      "NIX_PAGER=cat"
      "USER=nobody"
    ];
  };
  nixLayered = buildLayeredImageWithNixDb {
    name = "nix-layered";
    tag = "latest";
    contents = [
      bashPackage
      coreutils
      pkgs.nix
    ];
    config.Env = [ "NIX_PAGER=cat" ];
  };

  # Three images above each other, of which the later ones' files count.
  bottom = buildImage {
    name = "bottom";
    tag = "latest";
    copyToRoot = [
      shell
      (file "layer" "bottom")
      (file "below" "bottom")
    ];
  };
  middle = buildImage {
    name = "middle";
    tag = "latest";
    fromImage = bottom;
    copyToRoot = file "layer" "middle";
  };
  top = buildImage {
    name = "top";
    tag = "latest";
    fromImage = middle;
    copyToRoot = file "layer" "top";
  };

  # Variables are those of the base, and one's own.
  parentEnvironment = buildImage {
    name = "parent";
    tag = "latest";
    copyToRoot = shell;
    config.Env = [
      "FROM_PARENT=true"
      "LAST=parent"
    ];
  };
  childEnvironment = buildImage {
    name = "child";
    tag = "latest";
    fromImage = parentEnvironment;
    config.Env = [
      "FROM_CHILD=true"
      "LAST=child"
    ];
  };
  layeredEnvironment = buildLayeredImage {
    name = "child-layered";
    tag = "latest";
    fromImage = parentEnvironment;
    config.Env = [
      "FROM_CHILD=true"
      "LAST=child"
    ];
  };

  # A time of its own, instead of the first second of 1970.
  dated = buildImage {
    name = "dated";
    tag = "latest";
    created = "2024-02-29T12:00:00Z";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };
  datedNow = buildImage {
    name = "dated-now";
    tag = "latest";
    created = "now";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

  # For another kind of machine.
  otherArchitecture = buildImage {
    name = "other-architecture";
    tag = "latest";
    architecture = "arm64";
    copyToRoot = file "etc/motd" "hello";
  };

  # No tag: what the image is made from gives it one, which the expression knows.
  untagged = buildLayeredImage {
    name = "untagged";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };

  # An owner.
  owned = buildImage {
    name = "owned";
    tag = "latest";
    copyToRoot = file "home/motd" "hello";
    uid = 1000;
    gid = 1000;
  };

  # Nothing at all.
  empty = buildImage {
    name = "empty";
    tag = "latest";
  };

  # --- Compression
  uncompressed = buildImage {
    name = "uncompressed";
    tag = "latest";
    compressor = "none";
    copyToRoot = shell;
  };
  zstd = buildImage {
    name = "zstd";
    tag = "latest";
    compressor = "zstd";
    copyToRoot = shell;
  };
  zstdLayered = buildLayeredImage {
    name = "zstd-layered";
    tag = "latest";
    compressor = "zstd";
    contents = shell;
  };

  # --- Layered images

  # A layer for each store path, as far as there are layers.
  layered = buildLayeredImage {
    name = "layered";
    tag = "latest";
    extraCommands = "echo layered > made";
    contents = [
      pkgs.hello
      bashPackage
      coreutils
    ];
    config.Cmd = [ "hello" ];
  };
  fewLayers = buildLayeredImage {
    name = "few-layers";
    tag = "latest";
    maxLayers = 2;
    contents = [
      pkgs.hello
      bashPackage
      coreutils
    ];
  };
  bySize = buildLayeredImage {
    name = "by-size";
    tag = "latest";
    layering = "size";
    contents = [
      pkgs.hello
      bashPackage
      coreutils
    ];
  };
  byPipeline = buildLayeredImage {
    name = "by-pipeline";
    tag = "latest";
    layeringPipeline = [
      [
        "split_paths"
        [ "${pkgs.hello}" ]
      ]
      [
        "over"
        "main"
        [
          "pipe"
          [
            [ "popularity_contest" ]
            [
              "limit_layers"
              2
            ]
          ]
        ]
      ]
    ];
    contents = [
      pkgs.hello
      bashPackage
      coreutils
    ];
  };

  # Above an image of one layer, and above a layered one.
  layeredAbove = buildLayeredImage {
    name = "layered-above";
    tag = "latest";
    fromImage = bash;
    contents = pkgs.hello;
    config.Cmd = [ "hello" ];
  };
  layeredAboveLayered = buildLayeredImage {
    name = "layered-above-layered";
    tag = "latest";
    fromImage = layered;
    contents = file "etc/motd" "hello";
  };

  # Not stored at all: its result is a program that writes the archive. Another can be built upon it nevertheless.
  streamed = streamLayeredImage {
    name = "streamed";
    tag = "latest";
    contents = [
      pkgs.hello
      bashPackage
    ];
    config.Cmd = [ "hello" ];
  };
  aboveStreamed = buildImage {
    name = "above-streamed";
    tag = "latest";
    fromImage = streamed;
    copyToRoot = file "etc/motd" "hello";
  };

  # Files with an owner of their own.
  home = streamLayeredImage {
    name = "home";
    tag = "latest";
    contents = [
      bashPackage
      coreutils
      (dockerTools.fakeNss.override {
        extraPasswdLines = [ "alice:x:1000:1000:Alice:/home/alice:/bin/bash" ];
        extraGroupLines = [ "alice:x:1000:" ];
      })
    ];
    fakeRootCommands = ''
      mkdir -p home/alice
      chown 1000:1000 home/alice
    '';
    config = {
      User = "1000:1000";
      WorkingDir = "/home/alice";
    };
  };

  # A script that sees the layer as its root.
  chrooted = streamLayeredImage {
    name = "chrooted";
    tag = "latest";
    contents = [
      bashPackage
      coreutils
    ];
    enableFakechroot = true;
    fakeRootCommands = ''
      mkdir -p /etc
      echo made > /etc/made
    '';
  };

  # Store paths that belong to others than root, and dates of files apart from the image's.
  ownedStore = streamLayeredImage {
    name = "owned-store";
    tag = "latest";
    contents = pkgs.hello;
    uid = 1000;
    gid = 1000;
    uname = "alice";
    gname = "users";
    created = "2024-02-29T12:00:00+01:00";
    mtime = "1980-01-01T00:00:00Z";
  };

  # Files at the root that refer to nothing, and no store.
  withoutStore = streamLayeredImage {
    name = "without-store";
    tag = "latest";
    contents = pkgs.hello;
    includeStorePaths = false;
  };

  # A link to a program's folder, which makes it part of the closure.
  linked = buildLayeredImage {
    name = "linked";
    tag = "latest";
    extraCommands = "ln -s ${pkgs.hello}/bin programs";
    config.Cmd = [ "/programs/hello" ];
  };

  # --- Helpers
  helpers = buildImage {
    name = "helpers";
    tag = "latest";
    copyToRoot = [
      dockerTools.usrBinEnv
      dockerTools.binSh
      dockerTools.caCertificates
      dockerTools.fakeNss
    ];
  };

  # --- Several images, and file systems

  both = mergeImages [
    bash
    redis
  ];
  # Each may be compressed in its own way; the last one's counts. A stream is one, too.
  mixed = mergeImages [
    zstd
    streamed
    layered
    uncompressed
  ];
  exported = exportImage {
    name = "bash.tar";
    fromImage = bash;
  };

  # --- What a derivation is built in

  # Its variables and its programs, in a shell.
  nixShell = streamNixShellImage {
    tag = "latest";
    drv = built;
  };
  # A command, in place of a terminal.
  nixShellRun = buildNixShellImage {
    name = "nix-shell-run";
    tag = "latest";
    drv = built;
    run = "echo \"$greeting\"";
  };
  nixShellCommand = streamNixShellImage {
    name = "nix-shell-command";
    tag = "latest";
    drv = built;
    command = "echo \"$greeting\"";
  };
  nixShellHome = streamNixShellImage {
    name = "nix-shell-home";
    tag = "latest";
    drv = built;
    uid = 1001;
    gid = 1001;
    homeDirectory = "/home/builder";
  };
}
