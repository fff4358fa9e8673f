# nixpkgs' dockerTools, built by Slipway: the same functions with the same arguments.
#
#   dockerTools = import ./nix { inherit pkgs; };
#
# pkgs: nixpkgs 24.05 or later. slipway: the tool, as a derivation or as the path of its launcher; by default the one of this
# checkout, which slipway.nix makes of what "mvn package" has left.
{
  pkgs,
  # It runs where images are built, which need not be a machine such as they are for.
  slipway ? import ./slipway.nix { pkgs = pkgs.buildPackages or pkgs; },
}:
let
  inherit (pkgs) lib;
  # What runs while an image is built; what is in it comes from pkgs.
  build = pkgs.buildPackages or pkgs;
  tool = if builtins.isAttrs slipway then "${slipway}/bin/slipway" else toString slipway;
  storeDir = builtins.storeDir;

  # --- Derivations that run the tool

  # A derivation without a stdenv: bash runs the command, which finds nothing but what it names by its path. Attributes are
  # structured, so that a closure comes with hashes and sizes. It has what people use of those that mkDerivation makes.
  derive =
    passthru: meta: attributes:
    let
      drv = derivation (
        {
          system = build.stdenv.buildPlatform.system or builtins.currentSystem;
          builder = build.runtimeShell;
          __structuredAttrs = true;
        }
        // builtins.removeAttrs attributes [ "command" ]
        // {
          args = [
            "-euo"
            "pipefail"
            "-c"
            # Of a script's last command bash would become the process; Nix kills who has closed its log, as coreutils
            # does just before it ends.
            (setup + attributes.command + "exit\n")
          ];
        }
      );
      overridden = old: change:
        let
          once = change old;
        in
        if !builtins.isFunction change then
          change
        else if builtins.isFunction once then
          once old
        else
          once;
      changed =
        change:
        let
          all = attributes // { inherit meta passthru; };
          new = all // overridden all change;
        in
        derive new.passthru new.meta (
          builtins.removeAttrs new [
            "meta"
            "passthru"
          ]
        );
    in
    lib.extendDerivation true (
      passthru
      // {
        inherit meta passthru;
        overrideAttrs = changed;
      }
    ) drv;

  # The home of a builder is not there, and may not be made. The tool reads as many files at a time as the builder may use cores.
  setup = ''
    # Older versions of Nix name the place that these files have outside the sandbox.
    attributes=''${NIX_ATTRS_SH_FILE:-}
    [ -e "$attributes" ] || attributes=$NIX_BUILD_TOP/.attrs.sh
    . "$attributes"
    export XDG_CACHE_HOME=$NIX_BUILD_TOP/.cache XDG_DATA_HOME=$NIX_BUILD_TOP/.data
    export PATH=''${searchPath:-}
    # The log has no cursor. A pipe, and bash alone to read it.
    logged() {
      "$@" 2>&1 | while IFS= read -r line; do printf '%s\n' "$line"; done
    }
    case ''${NIX_BUILD_CORES:-0} in
      0) ;;
      *) export SLIPWAY_JAVA_OPTS="-XX:ActiveProcessorCount=$NIX_BUILD_CORES" ;;
    esac
  '';

  # What stands for itself in an image file.
  verbatim = builtins.replaceStrings [ "\${{" ] [ "$\${{" ];

  given = lib.filterAttrs (_: value: value != null);

  # What a list of contents says: lists in it are joined, and what is null or empty is nothing, as in a builder's variable.
  pathsIn =
    value:
    if builtins.isList value then
      builtins.filter (path: path != null && path != "") (lib.flatten value)
    else
      value;

  isBlank = script: script == null || builtins.match "[[:space:]]*" script != null;

  # What the tool reads: an image file of one image, whose closure Nix finds by scanning it, so that it is the same as ever.
  # Packages that scripts run with are in it only if there are scripts.
  imageFile =
    name: function: scripts: tools: arguments:
    let
      scripted = !builtins.all isBlank scripts;
      file = pkgs.writeText "${name}.json" (
        verbatim (
          builtins.toJSON {
            tools = lib.optionalAttrs scripted { inherit (build) runtimeShell; } // tools;
            images.image.${function} = arguments;
          }
        )
      );
      path = lib.optionals scripted (build.stdenv.initialPath or [ build.coreutils ]);
    in
    {
      inherit file;
      # Of an image that has no tag, all that is known while expressions are evaluated is what it is made from.
      hash = builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext file.outPath));
      attributes = {
        exportReferencesGraph.closure = map (path: "${path}") ([ file ] ++ path);
        searchPath = lib.makeBinPath path;
      };
      # What the tool is told, wherever it stands in a command.
      # A builder has no virtual machine to turn to.
      options = "-f ${file} --references \"\${attributes%.sh}.json\" --isolation namespaces";
    };

  # As --tag takes it, if the image has no tag of its own.
  tagOption = tag: hash: lib.optionalString (tag == null) " --tag ${hash}";

  # An image that another is built upon. One that is streamed is not an archive, but has one.
  archive = image: if image.isExe or false then image.archive else image;

  extensions = {
    none = "";
    gz = ".gz";
    zstd = ".zst";
  };
  extension =
    compressor: name:
    extensions.${compressor} or (throw
      "image ${name}: the compressor must be one of ${toString (builtins.attrNames extensions)}, found ${compressor}"
    );

  # As Go names it, which the OCI image specification asks for.
  defaultArchitecture =
    let
      platform = pkgs.stdenv.hostPlatform;
      cpu = builtins.head (builtins.split "-" platform.system);
      names = {
        x86_64 = "amd64";
        i686 = "386";
        aarch64 = "arm64";
        armv5tel = "arm";
        armv6l = "arm";
        armv7a = "arm";
        armv7l = "arm";
        powerpc64 = "ppc64";
        powerpc64le = "ppc64le";
        loongarch64 = "loong64";
        mips64el = "mips64le";
        mipsel = "mipsle";
      };
    in
    platform.go.GOARCH or (names.${cpu} or cpu);

  # --- Images of one layer

  # What buildImage is given, as the image file has it.
  plainFile =
    args:
    let
      rootContents = args.copyToRoot or null;
      oldContents = args.contents or null;
      baseName = baseNameOf args.name;
      arguments = given (
        builtins.removeAttrs args [
          "meta"
          "passthru"
        ]
        // {
          architecture = args.architecture or defaultArchitecture;
          copyToRoot = pathsIn (if rootContents == null then oldContents else rootContents);
          contents = null;
          fromImage = archive (args.fromImage or null);
        }
      );
    in
    lib.throwIf (rootContents != null && oldContents != null)
      "image ${args.name}: contents is the old name of copyToRoot; both cannot be given"
      lib.warnIf
      (oldContents != null)
      "image ${args.name}: contents is the old name of copyToRoot. Packages whose programs belong in /bin are put together with buildEnv first."
      (
        imageFile baseName "buildImage" [
          (args.extraCommands or null)
          (args.runAsRoot or null)
        ] (lib.optionalAttrs (args.runAsRoot or null != null) { coreutils = "${build.coreutils}"; }) arguments
      );

  buildPlain =
    args:
    let
      name = args.name;
      tag = args.tag or null;
      baseName = baseNameOf name;
      image = plainFile args;
    in
    derive
      {
        imageName = lib.toLower name;
        imageTag = if tag != null then tag else image.hash;
        buildArgs = args;
        layer = layerOf "docker-layer-${baseName}" image;
      }
      (args.meta or { })
      (
        image.attributes
        // {
          name = "docker-image-${baseName}.tar${extension (args.compressor or "gz") name}";
          command = ''
            logged ${tool} build image ${image.options}${tagOption tag image.hash} -o "''${outputs[out]}"
          '';
        }
      );

  # The layer alone, before the closure is added to it: layer.tar, and what Docker once wanted beside it.
  layerOf =
    name: image:
    derive { } { } (
      image.attributes
      // {
        inherit name;
        command = ''
          logged ${tool} plan image ${image.options} -o "''${outputs[out]}"
        '';
      }
    );

  buildImage = lib.makeOverridable (
    args@{
      name,
      # null: what the image is made from decides
      tag ? null,
      # an image archive
      fromImage ? null,
      # which of several images in it
      fromImageName ? null,
      fromImageTag ? null,
      # one or a list: what is copied to the root, the later over the earlier
      copyToRoot ? null,
      # links to directories stay, and what comes later goes to where they lead
      keepContentsDirlinks ? false,
      # what is run, and how
      config ? null,
      architecture ? defaultArchitecture,
      # a script that is run in the layer by an ordinary user
      extraCommands ? "",
      # the owner of all that is copied
      uid ? 0,
      gid ? 0,
      # a script that root runs in the image
      runAsRoot ? null,
      # its room, and its memory, in MiB
      diskSize ? 1024,
      buildVMMemorySize ? 512,
      created ? "1970-01-01T00:00:01Z",
      # none, gz or zstd
      compressor ? "gz",
      # the old name of copyToRoot
      contents ? null,
      # a Nix database of the closure in the image
      includeNixDB ? false,
      meta ? { },
    }:
    buildPlain args
  );

  buildImageWithNixDb = lib.makeOverridable (args: buildImage (args // { includeNixDB = true; }));

  # --- Layered images

  layeredFile =
    args:
    let
      baseName = baseNameOf args.name;
      maxLayers = args.maxLayers or 100;
    in
    lib.throwIfNot (maxLayers > 1)
      "image ${args.name}: maxLayers must be more than 1, since one layer is for what is no store path; found ${toString maxLayers}"
      (
        imageFile baseName "buildLayeredImage" [
          (args.extraCommands or null)
          (args.fakeRootCommands or null)
        ] { } (
          given (
            builtins.removeAttrs args [
              "meta"
              "passthru"
            ]
            // {
              architecture = args.architecture or defaultArchitecture;
              contents = pathsIn (args.contents or null);
              fromImage = archive (args.fromImage or null);
            }
          )
        )
      );

  stream =
    {
      name,
      image,
      imageName,
      tag,
      passthru,
      meta,
      archive,
    }:
    derive
      (
        passthru
        // {
          inherit imageName archive;
          imageTag = if tag != null then tag else image.hash;
          isExe = true;
        }
      )
      meta
      (
        image.attributes
        // {
          name = "stream-${name}";
          outputs = [
            "out"
            "conf"
          ];
          preferLocalBuild = true;
          # The output conf has the customisation layer, too: one derivation does all that is done but once.
          command = ''
            logged ${tool} plan image ${image.options}${tagOption tag image.hash} -o "''${outputs[conf]}"
            printf '#!%s\nexec %s stream --conf %s "$@"\n' ${build.runtimeShell} ${tool} "''${outputs[conf]}/conf.json" > "''${outputs[out]}"
            ${build.coreutils}/bin/chmod +x "''${outputs[out]}"
          '';
        }
      );

  archived =
    {
      name,
      image,
      stream,
      meta,
    }:
    derive
      (
        builtins.removeAttrs stream.passthru [
          "isExe"
          "archive"
        ]
        // {
          inherit stream;
        }
      )
      meta
      (
        image.attributes
        // {
          inherit name;
          command = ''
            logged ${tool} build image ${image.options} --tag ${lib.escapeShellArg stream.imageTag} -o "''${outputs[out]}"
          '';
        }
      );

  streamLayeredImage = lib.makeOverridable (
    args@{
      name,
      # null: what the image is made from decides
      tag ? null,
      # an image archive
      fromImage ? null,
      # one or a list: what is linked into the root, the earlier before the later
      contents ? [ ],
      # what is run, and how
      config ? { },
      architecture ? defaultArchitecture,
      created ? "1970-01-01T00:00:01Z",
      # of files in layers; as created where it is absent
      mtime ? null,
      # the owner of all store paths
      uid ? 0,
      gid ? 0,
      uname ? "root",
      gname ? "root",
      maxLayers ? 100,
      # a script that is run in the last layer by an ordinary user
      extraCommands ? "",
      # one that root runs there
      fakeRootCommands ? "",
      # whether that sees the layer as its root directory
      enableFakechroot ? false,
      # whether store paths are in the image
      includeStorePaths ? true,
      # a Nix database of the closure in the image
      includeNixDB ? false,
      # popularity or size: how store paths are put into layers
      layering ? null,
      # the same in steps of one's own
      layeringPipeline ? null,
      debug ? false,
      passthru ? { },
      meta ? { },
    }:
    stream {
      name = baseNameOf name;
      image = layeredFile args;
      imageName = lib.toLower name;
      archive = buildLayeredImage (args // { compressor = "none"; });
      inherit tag passthru meta;
    }
  );

  buildLayeredImage = lib.makeOverridable (
    args@{
      name,
      # none, gz or zstd
      compressor ? "gz",
      meta ? { },
      ...
    }:
    archived {
      name = "${baseNameOf name}.tar${extension compressor name}";
      image = layeredFile args;
      # That the same image can be streamed is known without building it. A stream has no compressor, and the same tag.
      stream = streamLayeredImage (builtins.removeAttrs args [ "compressor" ]);
      inherit meta;
    }
  );

  buildLayeredImageWithNixDb = lib.makeOverridable (
    args: buildLayeredImage (args // { includeNixDB = true; })
  );

  # --- Images from elsewhere, and what is made of images

  pullImage =
    {
      imageName,
      # sha256:…, of the manifest or of a list of them
      imageDigest,
      # of the archive: SRI, or sha256 in hex, base 32 or base 64; slipway prefetch prints it
      hash ? null,
      sha256 ? null,
      outputHash ? null,
      outputHashAlgo ? null,
      os ? "linux",
      arch ? defaultArchitecture,
      finalImageName ? imageName,
      finalImageTag ? "latest",
      # false allows registries over plain HTTP, and with any certificate
      tlsVerify ? true,
      name ? builtins.replaceStrings [ "/" ":" ] [ "-" "-" ] "docker-image-${finalImageName}-${finalImageTag}.tar",
    }:
    let
      hashes = builtins.filter (one: one != null) [
        hash
        sha256
        outputHash
      ];
      one = builtins.head hashes;
      namesItsKind = builtins.match "sha[0-9]+[-:].*" one != null;
    in
    lib.throwIf (builtins.length hashes != 1)
      "pullImage of ${imageName}: exactly one of hash and sha256 is needed; slipway prefetch prints it"
      derive
      {
        inherit imageDigest;
        imageName = finalImageName;
        imageTag = finalImageTag;
      }
      { }
      (
        {
          inherit name;
          outputHashMode = "flat";
          outputHash = one;
          impureEnvVars = [
            "http_proxy"
            "https_proxy"
            "no_proxy"
            "all_proxy"
            "HTTP_PROXY"
            "HTTPS_PROXY"
            "NO_PROXY"
            "ALL_PROXY"
          ];
          command = ''
            export SSL_CERT_FILE=${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt
            logged ${tool} pull ${lib.escapeShellArg "${imageName}@${imageDigest}"} -o "''${outputs[out]}" \
              --name ${lib.escapeShellArg finalImageName} --tag ${lib.escapeShellArg finalImageTag} \
              --os ${os} --arch ${arch} --tls-verify=${lib.boolToString tlsVerify}
          '';
        }
        // (
          if outputHashAlgo != null then
            { inherit outputHashAlgo; }
          else
            lib.optionalAttrs (!namesItsKind) { outputHashAlgo = "sha256"; }
        )
      );

  mergeImages =
    images:
    derive { } { } {
      name = "merge-docker-images";
      command = ''
        logged ${tool} merge ${toString (map (image: "${archive image}") (lib.flatten images))} -o "''${outputs[out]}"
      '';
    };

  exportImage =
    {
      name ? fromImage.name,
      fromImage,
      fromImageName ? null,
      fromImageTag ? null,
      # only virtual machines need it
      diskSize ? 1024,
    }:
    let
      chosen = lib.optionalString (fromImageName != null) (
        ":${fromImageName}" + lib.optionalString (fromImageTag != null) ":${fromImageTag}"
      );
    in
    derive { } { } {
      inherit name;
      command = ''
        logged ${tool} export ${
          if chosen == "" then "${archive fromImage}" else lib.escapeShellArg "docker-archive:${archive fromImage}${chosen}"
        } -o "''${outputs[out]}"
      '';
    };

  # --- Images of a derivation's environment
  inherit
    (import ./shell.nix {
      inherit
        pkgs
        lib
        imageFile
        stream
        archived
        extension
        ;
    })
    streamNixShellImage
    buildNixShellImage
    ;

  helpers = import ./helpers.nix {
    inherit
      pkgs
      lib
      build
      tool
      storeDir
      ;
    inherit imageFile layerOf archive defaultArchitecture pathsIn;
  };

  dockerTools = builtins.removeAttrs helpers [ "exportedBase" "mkLayer" ] // {
    inherit
      buildImage
      buildImageWithNixDb
      buildLayeredImage
      buildLayeredImageWithNixDb
      streamLayeredImage
      streamNixShellImage
      buildNixShellImage
      pullImage
      mergeImages
      exportImage
      slipway
      ;
    examples = import ./examples.nix { inherit pkgs dockerTools; };

    # The same with other packages in the place of some of pkgs, by the names that nixpkgs has for them; or another slipway.
    override =
      change:
      let
        changes = if builtins.isFunction change then change (pkgs // { inherit slipway; }) else change;
        # The tool runs where images are built, whatever they are made of.
        packages = builtins.removeAttrs changes [ "slipway" ];
      in
      import ./. {
        pkgs =
          pkgs
          // packages
          // lib.optionalAttrs (pkgs ? buildPackages) { buildPackages = pkgs.buildPackages // packages; };
        slipway = changes.slipway or slipway;
      };
  };
in
dockerTools
