# What the tests build and ask for.
{
  jdkHome,
  # the folder of a parity set's cases
  cases ? null,
  # host and port of a registry, and what it has there
  registry ? "",
  digest ? "",
  hash ? "",
}:
let
  pkgs = import ./pkgs.nix { inherit jdkHome; };
  dockerTools = import ../../../nix { inherit pkgs; };
  inherit (pkgs) lib;

  # What needs a network that tests do not have.
  examples = builtins.removeAttrs dockerTools.examples [
    "pulled"
    "onPulled"
  ];
  # A stream is written where it was made: outside of the chroot store its paths are not at their places.
  written =
    name: image:
    if image.isExe or false then pkgs.runCommand "${name}.tar" { } "${image} > $out" else image;
in
{
  inherit dockerTools;
  functions = builtins.mapAttrs (_: _: true) dockerTools;
  archives = builtins.mapAttrs written examples;
  tags = builtins.mapAttrs (_: image: "${image.imageName}:${image.imageTag}") (
    lib.filterAttrs (_: image: image ? imageName) examples
  );

  # The same image as an archive and as a stream, which may be given another name.
  streamed = {
    archive = dockerTools.examples.layeredAbove;
    stream = written "stream" dockerTools.examples.layeredAbove.stream;
    renamed = pkgs.runCommand "renamed.tar" { } "${dockerTools.examples.streamed} -t other:name > $out";
  };
  streamedShell = {
    inherit (dockerTools.examples.nixShell) archive;
    stream = written "shell" dockerTools.examples.nixShell;
    renamed = pkgs.runCommand "renamed.tar" { } "${dockerTools.examples.nixShell} -t other:name > $out";
  };

  attributes =
    let
      image = dockerTools.buildLayeredImage {
        name = "Group/Image";
        contents = pkgs.hello;
        passthru.mine = 1;
        meta.description = "an image";
      };
      plain = dockerTools.buildImage {
        name = "Plain";
        tag = "1";
        copyToRoot = pkgs.hello;
      };
    in
    {
      names = [
        image.name
        image.imageName
        image.stream.name
        plain.name
        plain.imageName
        plain.imageTag
      ];
      sameTag = image.imageTag == image.stream.imageTag && builtins.stringLength image.imageTag == 32;
      kinds = [
        (image.isExe or false)
        image.stream.isExe
        (plain.isExe or false)
      ];
      inherit (image) mine;
      inherit (image.meta) description;
      buildArgs = plain.buildArgs.tag;
      overridden = [
        (image.override { tag = "2"; }).imageTag
        (plain.override (old: { name = old.name + "er"; })).imageName
        (image.overrideAttrs (_: { name = "other"; })).name
        ((image.overrideAttrs { name = "other"; }).override { tag = "3"; }).imageTag
      ];
      changed = (plain.overrideAttrs (_: { preferLocalBuild = true; })).drvPath != plain.drvPath;
      # What is told of a result is no part of how it is made.
      described =
        let
          changed = plain.overrideAttrs (old: {
            meta = old.meta // { license = "none"; };
            passthru = old.passthru // { tests = _: true; };
          });
        in
        [
          changed.meta.license
          changed.imageTag
          (changed.tests null)
          (changed.drvPath == plain.drvPath)
        ];
      # Lists of contents may have lists in them, and what is nothing.
      nested =
        let
          untidy = [
            [ pkgs.hello ]
            null
            [ [ ] "" pkgs.nano ]
          ];
          tidy = [
            pkgs.hello
            pkgs.nano
          ];
          same = function: argument:
            (function { name = "x"; ${argument} = untidy; }).drvPath
            == (function { name = "x"; ${argument} = tidy; }).drvPath;
        in
        [
          (same dockerTools.buildImage "copyToRoot")
          (same dockerTools.buildLayeredImage "contents")
          (same dockerTools.streamLayeredImage "contents")
        ];
      # Of a path in the expression's folder builders can see a copy only.
      copied = builtins.any (path: builtins.match ".*-lib[.]nix" path != null) (
        builtins.attrNames (
          builtins.getContext (toString (dockerTools.mergeImages [ ./lib.nix [ plain ] ]).args)
        )
      );
      # As callPackage would let its arguments be replaced.
      replaced =
        let
          other = dockerTools.override { cacert = pkgs.hello; };
          third = other.override (old: { slipway = "/bin/${old.hello.name}"; });
        in
        [
          (other.caCertificates.drvPath != dockerTools.caCertificates.drvPath)
          (other.binSh.drvPath == dockerTools.binSh.drvPath)
          (other.slipway.drvPath == dockerTools.slipway.drvPath)
          (third.caCertificates.drvPath == other.caCertificates.drvPath)
          third.slipway
        ];
      # The tool is the build machine's, for whichever machine images are.
      crossed =
        (import ../../../nix {
          pkgs = pkgs // {
            buildPackages = pkgs;
            jdk25_headless = throw "of another machine";
          };
        }).slipway.drvPath == dockerTools.slipway.drvPath;
      refused =
        map (one: (builtins.tryEval one.drvPath).success) [
          (dockerTools.buildImage {
            name = "x";
            compressor = "lzma";
          })
          (dockerTools.buildLayeredImage {
            name = "x";
            maxLayers = 1;
          })
          (dockerTools.buildImage {
            name = "x";
            contents = pkgs.hello;
            copyToRoot = pkgs.hello;
          })
          (dockerTools.pullImage {
            imageName = "x";
            imageDigest = "sha256:x";
          })
        ];
      overlay =
        let
          final = pkgs // import ../../../nix/overlay.nix final {
            dockerTools = {
              later = 1;
              override = throw "of the other dockerTools";
            };
          };
        in
        [
          final.dockerTools.later
          ((final.dockerTools.override { slipway = "/slipway"; }).slipway)
          (final.dockerTools.buildImage {
            name = "over";
            tag = "lay";
          }).imageTag
        ];
    };

  # What an image's closure is told by: derivations that build it, beside what is in it.
  derivations = dockerTools.examples.layered;

  helpers =
    let
      base = dockerTools.examples.bash;
      baseJson = pkgs.writeText "base.json" (builtins.toJSON { os = "linux"; });
    in
    {
      inherit (dockerTools.examples.hello) layer;
      pure = dockerTools.mkPureLayer {
        name = "pure";
        inherit baseJson;
        copyToRoot = pkgs.hello;
        extraCommands = "mkdir extra";
      };
      root = dockerTools.mkRootLayer {
        name = "root";
        inherit baseJson;
        fromImage = base;
        runAsRoot = "mkdir /made";
      };
      overlay = dockerTools.runWithOverlay {
        name = "overlaid";
        fromImage = base;
        preMount = "mkdir layer/before";
        postMount = "ls mnt/bin/bash; mkdir mnt/made; rm -r mnt/bin";
        postUmount = "tar -C layer -cf $out .";
      };
      merged = dockerTools.mergeDrvs {
        derivations = [
          pkgs.hello
          pkgs.nano
        ];
      };
      listed = dockerTools.mergeDrvs {
        derivations = [ pkgs.hello ];
        onlyDeps = true;
      };
      sum = pkgs.runCommand "sum" { } ''
        tar -cf layer.tar -C ${pkgs.hello} .
        ${dockerTools.tarsum}/bin/tarsum < layer.tar > $out
      '';
      script = dockerTools.shellScript "script" "echo hello";
    };

  pulled = dockerTools.pullImage {
    imageName = "${registry}/hello";
    imageDigest = digest;
    inherit hash;
    finalImageTag = "1";
    tlsVerify = false;
  };

  parity = import ./parity.nix { inherit dockerTools cases; };
}
