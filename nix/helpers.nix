# The functions of dockerTools that make no images: what is put into them, and what older expressions build them from.
{
  pkgs,
  lib,
  build,
  tool,
  storeDir,
  imageFile,
  layerOf,
  archive,
  defaultArchitecture,
  pathsIn,
}:
let
  inherit (pkgs) runtimeShell;

  # Links at fixed places.
  links =
    name: entries:
    pkgs.runCommand name { } (
      lib.concatStrings (
        lib.mapAttrsToList (place: target: ''
          mkdir -p "$out/${dirOf place}"
          ln -s ${target} "$out/${place}"
        '') entries
      )
    );
in
rec {
  inherit (pkgs) fakeNss;

  usrBinEnv = links "usr-bin-env" { "usr/bin/env" = "${pkgs.coreutils}/bin/env"; };

  binSh = links "bin-sh" { "bin/sh" = "${pkgs.bashInteractive}/bin/bash"; };

  # Where Debian, Fedora and older NixOS look for certificates.
  caCertificates =
    let
      bundle = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
    in
    links "ca-certificates" {
      "etc/ssl/certs/ca-bundle.crt" = bundle;
      "etc/ssl/certs/ca-certificates.crt" = bundle;
      "etc/pki/tls/certs/ca-bundle.crt" = bundle;
    };

  tarsum = pkgs.writeShellScriptBin "tarsum" ''
    exec ${tool} tarsum "$@"
  '';

  # A script for root: nothing is in its PATH but coreutils and what the image has in /bin.
  shellScript =
    name: text:
    pkgs.writeScript name ''
      #!${runtimeShell}
      set -e
      export PATH=${pkgs.coreutils}/bin:/bin
      ${text}
    '';

  # For runAsRoot: what the programs of shadow, such as useradd, expect to be there.
  shadowSetup = ''
    export PATH=${pkgs.shadow}/bin:$PATH
    mkdir -p /etc/pam.d
    if [ ! -f /etc/passwd ]; then
      printf '%s\n' 'root:x:0:0::/root:${runtimeShell}' > /etc/passwd
      printf '%s\n' 'root:!x:::::::' > /etc/shadow
    fi
    if [ ! -f /etc/group ]; then
      printf '%s\n' 'root:x:0:' > /etc/group
      printf '%s\n' 'root:x::' > /etc/gshadow
    fi
    if [ ! -f /etc/pam.d/other ]; then
      printf '%s\n' \
        'account sufficient pam_unix.so' \
        'auth sufficient pam_rootok.so' \
        'password requisite pam_unix.so nullok yescrypt' \
        'session required pam_unix.so' > /etc/pam.d/other
    fi
    [ -f /etc/login.defs ] || : > /etc/login.defs
  '';

  # One directory of several, and of archives of directories; of files of one name the last stays. Or a list of them.
  mergeDrvs =
    {
      derivations,
      onlyDeps ? false,
    }:
    if onlyDeps then
      pkgs.writeText "merge-drvs" "${toString (map (one: "${one}") derivations)}\n"
    else
      pkgs.runCommand "merge-drvs" { inherit derivations; } ''
        mkdir "$out"
        for derivation in $derivations; do
          if [ -d "$derivation" ]; then
            cp -RPp --remove-destination "$derivation"/. "$out"
          else
            tar -C "$out" -xpf "$derivation"
          fi
          find "$out" -type d ! -perm -200 -exec chmod u+w {} +
        done
      '';

  # --- The steps of buildImage in older versions

  # json is what the derivation's user says of the layer, with a sum that does not depend on times.
  mkLayer =
    name: baseJson: layer:
    pkgs.runCommand name { nativeBuildInputs = [ build.jq ]; } ''
      mkdir "$out"
      cp ${layer}/layer.tar "$out"
      printf 1.0 > "$out/VERSION"
      sum=$(${tool} tarsum < ${layer}/layer.tar)
      jq --indent 1 --arg sum "$sum" '. + { checksum: $sum }' ${baseJson} | sed 's,/,\\/,g' > "$out/json"
    '';

  mkPureLayer =
    {
      name,
      baseJson,
      copyToRoot ? null,
      keepContentsDirlinks ? false,
      extraCommands ? "",
      uid ? 0,
      gid ? 0,
    }:
    mkLayer "docker-layer-${name}" baseJson (
      layerOf "docker-layer-${name}-files" (
        imageFile name "buildImage" [ extraCommands ] { } (
          lib.filterAttrs (_: value: value != null) {
            inherit
              name
              keepContentsDirlinks
              extraCommands
              uid
              gid
              ;
            copyToRoot = pathsIn copyToRoot;
            tag = "layer";
            architecture = defaultArchitecture;
          }
        )
      )
    );

  mkRootLayer =
    {
      name,
      runAsRoot,
      baseJson,
      copyToRoot ? null,
      keepContentsDirlinks ? false,
      fromImage ? null,
      fromImageName ? null,
      fromImageTag ? null,
      diskSize ? 1024,
      buildVMMemorySize ? 512,
      extraCommands ? "",
    }:
    mkLayer "docker-layer-${name}" baseJson (
      layerOf "docker-layer-${name}-files" (
        imageFile name "buildImage" [ runAsRoot ] { coreutils = "${build.coreutils}"; } (
          lib.filterAttrs (_: value: value != null) {
            inherit
              name
              runAsRoot
              keepContentsDirlinks
              fromImageName
              fromImageTag
              diskSize
              buildVMMemorySize
              extraCommands
              ;
            copyToRoot = pathsIn copyToRoot;
            fromImage = archive fromImage;
            tag = "layer";
            architecture = defaultArchitecture;
          }
        )
      )
    );

  # Runs steps around the mounting of an image: preMount, in a folder with an empty "layer"; postMount, with the image, and the
  # layer over it, at "mnt"; postUmount, when what was deleted from the image has become whiteouts in the layer. The builder is
  # root in a user namespace, not in a virtual machine, so that nothing belongs to anybody else.
  runWithOverlay =
    {
      name,
      fromImage ? null,
      fromImageName ? null,
      fromImageTag ? null,
      # only virtual machines need these
      diskSize ? 1024,
      buildVMMemorySize ? 512,
      preMount ? "",
      postMount ? "",
      postUmount ? "",
    }:
    let
      steps = pkgs.writeScript "${name}-steps" ''
        set -e -o pipefail
        mkdir disk disk/work disk/layer disk/mnt disk/base
        cd disk
        if [ -n "$base" ]; then
          # Nodes of devices cannot be made by who is root here only.
          tar -C base --no-same-owner --exclude='./dev/*' -xpf "$base"
        fi
        ${preMount}
        if [ -n "$base" ]; then
          mount -t overlay -o lowerdir=base,upperdir=layer,workdir=work,userxattr overlay mnt
        else
          mount --bind layer mnt
        fi
        ${postMount}
        umount -R mnt
        find layer -type c -print | while IFS= read -r gone; do
          rm "$gone"
          : > "$(dirname "$gone")/.wh.$(basename "$gone")"
        done
        ${postUmount}
      '';
      base = exportedBase {
        inherit fromImage fromImageName fromImageTag;
      };
    in
    pkgs.runCommand name
      {
        base = lib.optionalString (fromImage != null) base;
        nativeBuildInputs = [ build.util-linux ];
      }
      ''
        if ! unshare --user --map-root-user --mount true; then
          echo "runWithOverlay needs user namespaces, which this builder refuses" >&2
          exit 1
        fi
        mkdir -p "$out"
        rmdir "$out"
        unshare --user --map-root-user --mount ${runtimeShell} ${steps}
      '';

  exportedBase =
    {
      fromImage,
      fromImageName,
      fromImageTag,
    }:
    let
      chosen = lib.optionalString (fromImageName != null) (
        ":${fromImageName}" + lib.optionalString (fromImageTag != null) ":${fromImageTag}"
      );
      source = if chosen == "" then "${archive fromImage}" else "docker-archive:${archive fromImage}${chosen}";
    in
    pkgs.runCommand "base.tar" { } ''
      export XDG_CACHE_HOME=$PWD/.cache
      ${tool} export ${lib.escapeShellArg source} -o "$out"
    '';
}
