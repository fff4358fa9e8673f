# Images in which a derivation's environment is that of a shell, as nix-shell has it.
{
  pkgs,
  lib,
  imageFile,
  stream,
  archived,
  extension,
}:
let
  # What Nix makes of an attribute for a builder. A path is copied to the store first.
  environmentValue =
    value:
    if builtins.isPath value then
      "${value}"
    else if builtins.isList value then
      toString (map environmentValue value)
    else
      toString value;

  # The derivation as the tool takes it: it need not be instantiated, and its outputs are not built, only named.
  attributes =
    drv:
    builtins.mapAttrs (
      name: value: if name == "args" || name == "passAsFile" then map environmentValue value else environmentValue value
    ) drv.drvAttrs
    // lib.genAttrs (drv.outputs or [ "out" ]) (
      output: builtins.unsafeDiscardStringContext drv.${output}.outPath
    );

  shellFile =
    function: args@{ drv, ... }:
    lib.throwIf (drv.drvAttrs.__structuredAttrs or false)
      "streamNixShellImage: Does not work with the derivation ${drv.name} because it uses __structuredAttrs"
      lib.throwIf
      ((args.command or null) != null && (args.run or null) != null)
      "streamNixShellImage: Can't specify both command and run"
      (
        imageFile args.name function [ "true" ]
          {
            bashInteractive = "${pkgs.bashInteractive}";
            coreutils = "${pkgs.coreutils}";
            cacert = "${pkgs.cacert}";
          }
          (
            lib.filterAttrs (_: value: value != null) (
              args
              // {
                drv = attributes drv;
              }
            )
          )
      );
in
rec {
  streamNixShellImage = lib.makeOverridable (
    args@{
      # what would be built
      drv,
      name ? drv.name + "-env",
      # null: what the image is made from decides
      tag ? null,
      # who is in the shell
      uid ? 1000,
      gid ? 1000,
      homeDirectory ? "/build",
      # the bash that it is
      shell ? "${pkgs.bashInteractive}/bin/bash",
      # a command that the shell runs before it ends; run without a terminal, command with one
      command ? null,
      run ? null,
    }:
    let
      all = args // {
        inherit name shell;
      };
      image = shellFile "streamNixShellImage" all;
    in
    stream {
      name = baseNameOf name;
      imageName = lib.toLower name;
      archive = buildNixShellImage (args // { compressor = "none"; });
      passthru = { };
      meta = { };
      inherit image tag;
    }
  );

  buildNixShellImage = lib.makeOverridable (
    args@{
      drv,
      # none, gz or zstd
      compressor ? "gz",
      ...
    }:
    let
      name = args.name or "${drv.name}-env";
    in
    archived {
      name = "${drv.name}-env.tar${extension compressor drv.name}";
      image = shellFile "buildNixShellImage" (args // { inherit name; });
      stream = streamNixShellImage (builtins.removeAttrs args [ "compressor" ]);
      meta = { };
    }
  );
}
