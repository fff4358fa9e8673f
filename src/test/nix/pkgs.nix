# A few packages by the names that nixpkgs has for them, made from programs of the machine that runs the tests, and the
# builders that make texts and trees. The sandbox must let /bin, /usr, /lib and /lib64 in.
{
  # a JDK of the machine
  jdkHome ? builtins.getEnv "JAVA_HOME",
  overlays ? [ ],
}:
let
  system = builtins.currentSystem;
  lib = import ./lib.nix;

  # As stdenv.mkDerivation is seen by who uses what it makes.
  make =
    attributes: passthru:
    lib.extendDerivation true (
      passthru
      // {
        drvAttrs = attributes;
        overrideAttrs = change: make (attributes // change attributes) passthru;
      }
    ) (derivation attributes);

  runCommand =
    name: environment: script:
    make (
      {
        inherit name system;
        builder = "/bin/bash";
        args = [
          "-c"
          ''
            set -e
            for input in $nativeBuildInputs; do PATH=$input/bin:$PATH; done
            umask 022
            eval "$script"
          ''
        ];
        PATH = "/usr/sbin:/usr/bin:/bin";
        SOURCE_DATE_EPOCH = 315532800;
        inherit script;
      }
      // builtins.removeAttrs environment [ "passthru" "meta" ]
    ) (environment.passthru or { });

  # Files of the machine, copied.
  program =
    name: files:
    runCommand name { } (
      "mkdir -p $out/bin\n"
      + lib.concatStrings (
        lib.mapAttrsToList (to: from: "cp --no-preserve=mode ${from} $out/bin/${to}; chmod 555 $out/bin/${to}\n") files
      )
    );

  text =
    name: place: executable: content:
    runCommand name
      {
        passAsFile = [ "content" ];
        inherit content;
      }
      ''
        target=$out${place}
        mkdir -p "''${target%/*}"
        cp "$contentPath" "$target"
        ${lib.optionalString executable "chmod +x \"$target\""}
      '';

  script = name: content: writeScriptBin name "#!${runtimeShell}\n${content}";
  inherit (self) writeScriptBin runtimeShell;

  self = {
    inherit lib runCommand;
    stdenv = {
      hostPlatform = { inherit system; };
      buildPlatform = { inherit system; };
      initialPath = [ self.hostPrograms ];
      inherit (self) mkDerivation;
    };

    hostPrograms = runCommand "host-programs" { } "mkdir $out; ln -s /usr/bin $out/bin";
    gnutar = self.hostPrograms;
    util-linux = self.hostPrograms;
    jq = runCommand "jq" { } "mkdir -p $out/bin; ln -s /usr/bin/jq $out/bin";
    jdk25_headless = runCommand "jdk" { } "ln -s ${jdkHome} $out";

    bash = program "bash" { bash = "/bin/bash-static"; sh = "/bin/bash-static"; };
    bashInteractive = program "bash-interactive" { bash = "/bin/bash-static"; sh = "/bin/bash-static"; };
    runtimeShell = "${self.bash}/bin/bash";
    coreutils = runCommand "coreutils" { } ''
      mkdir -p $out/bin
      cp /bin/busybox $out/bin/busybox
      for applet in $(/bin/busybox --list); do
        [ $applet = busybox ] || ln -s busybox $out/bin/$applet
      done
      # Of what is no static program fakeroot sees what it does. The loader and the libraries are in the store, as nixpkgs'
      # are: where scripts run that are root there are no others.
      mkdir $out/lib
      cp $(ldd /bin/chown /bin/chmod | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | sort -u) $out/lib
      for program in chown chmod; do
        cp /bin/$program $out/lib
        rm $out/bin/$program
        {
          echo "#!${runtimeShell}"
          echo "$(echo $out/lib/ld-linux-*) --inhibit-cache --library-path $out/lib $out/lib/$program \"\$@\" || exit"
          # They close what they print to before they end, and may take their time then.
          echo "exec >&- 2>&-"
          echo "$out/bin/busybox usleep 100000"
        } > $out/bin/$program
        $out/bin/busybox chmod +x $out/bin/$program
      done
    '';
    shadow = script "useradd" ''echo "$1:x:1000:1000::/home/$1:/bin/sh" >> /etc/passwd'';
    cacert = self.writeTextDir "etc/ssl/certs/ca-bundle.crt" "no certificate\n";
    fakeNss = lib.makeOverridable (
      {
        extraPasswdLines ? [ ],
        extraGroupLines ? [ ],
      }:
      self.symlinkJoin {
        name = "fake-nss";
        paths = [
          (self.writeTextDir "etc/passwd" (
            builtins.concatStringsSep "\n" (
              [
                "root:x:0:0:root user:/var/empty:/bin/sh"
                "nobody:x:65534:65534:nobody:/var/empty:/bin/sh"
              ]
              ++ extraPasswdLines
            )
            + "\n"
          ))
          (self.writeTextDir "etc/group" (
            builtins.concatStringsSep "\n" (
              [
                "root:x:0:"
                "nobody:x:65534:"
              ]
              ++ extraGroupLines
            )
            + "\n"
          ))
          (self.writeTextDir "etc/nsswitch.conf" "hosts: files dns\n")
          (runCommand "var-empty" { } "mkdir -p $out/var/empty")
        ];
      }
    ) { };

    hello = script "hello" ''echo "Hello, world!"'';
    redis = script "redis-server" ''echo "redis with $*"'';
    nginx = script "nginx" ''echo "nginx with $*"'';
    nano = runCommand "nano" { } ''
      mkdir -p $out/bin $out/share/doc
      ln -s ${self.hello}/bin/hello $out/bin/nano
      echo nano > $out/share/doc/nano
    '';
    nix = script "nix-store" ''echo "nix-store with $*"'';
    figlet = script "figlet" ''echo "$*"'';

    writeText = name: content: text name "" false content;
    writeScript = name: content: text name "" true content;
    writeTextDir = path: content: text (baseNameOf path) "/${path}" false content;
    writeScriptBin = name: content: text name "/bin/${name}" true content;
    writeShellScriptBin = name: content: writeScriptBin name "#!${runtimeShell}\n${content}\n";
    symlinkJoin =
      {
        name,
        paths,
        postBuild ? "",
      }:
      runCommand name { inherit paths; } ''
        mkdir $out
        for path in $paths; do
          (cd $path; find . -type d) | (cd $out; xargs mkdir -p)
          (cd $path; find . ! -type d) | while read -r file; do
            [ -e "$out/$file" ] || ln -s "$path/$file" "$out/$file"
          done
        done
        ${postBuild}
      '';
    buildEnv =
      {
        name,
        paths,
        pathsToLink ? [ "/" ],
      }:
      self.symlinkJoin {
        inherit name paths;
        postBuild = ''
          cd $out
          for entry in *; do
            case " ${toString pathsToLink} " in
              *" / "* | *" /$entry "*) ;;
              *) rm -r "$entry" ;;
            esac
          done
        '';
      };
    closureInfo =
      { rootPaths }:
      make
        {
          name = "closure-info";
          inherit system;
          builder = "/bin/bash";
          PATH = "/usr/bin";
          args = [ "-c" "cp closure $out" ];
          exportReferencesGraph = builtins.concatLists (map (path: [ "closure" path ]) rootPaths);
        }
        { };
    mkDerivation = attributes: make (attributes // { inherit system; }) { };
  };
in
let
  final = builtins.foldl' (previous: overlay: previous // overlay final previous) self overlays;
in
final
