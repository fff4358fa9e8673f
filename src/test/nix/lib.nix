# What the drop-in uses of nixpkgs' lib.
rec {
  optionalString = condition: text: if condition then text else "";
  optionals = condition: list: if condition then list else [ ];
  optionalAttrs = condition: set: if condition then set else { };
  boolToString = value: if value then "true" else "false";
  concatStrings = builtins.concatStringsSep "";
  mapAttrsToList = f: set: map (name: f name set.${name}) (builtins.attrNames set);
  genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
  flatten = value: if builtins.isList value then builtins.concatLists (map flatten value) else [ value ];
  filterAttrs =
    keep: set:
    builtins.removeAttrs set (builtins.filter (name: !keep name set.${name}) (builtins.attrNames set));
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  removePrefix =
    prefix: text:
    if hasPrefix prefix text then builtins.substring (builtins.stringLength prefix) (-1) text else text;
  splitCharacters = text: builtins.filter (one: one != [ ] && one != "") (builtins.split "" text);
  toLower =
    let
      upper = splitCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
      lower = splitCharacters "abcdefghijklmnopqrstuvwxyz";
    in
    builtins.replaceStrings upper lower;
  escapeShellArg = value: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString value)}'";
  makeBinPath = packages: builtins.concatStringsSep ":" (map (package: "${package}/bin") packages);
  warnIf = condition: message: value: if condition then builtins.trace "warning: ${message}" value else value;
  throwIf = condition: message: value: if condition then throw message else value;
  throwIfNot = condition: throwIf (!condition);
  extendDerivation =
    condition: passthru: drv:
    let
      outputs = drv.outputs or [ "out" ];
      common = drv // builtins.listToAttrs list // { all = map (one: one.value) list; } // passthru;
      list = map (name: {
        inherit name;
        value = common // {
          inherit (drv.${name}) type outputName outPath drvPath;
          outputSpecified = true;
        };
      }) outputs;
    in
    common // { inherit (drv) outPath drvPath; };
  makeOverridable =
    f: arguments:
    let
      result = f arguments;
      with' = changed: makeOverridable f (arguments // (if builtins.isFunction changed then changed arguments else changed));
    in
    result
    // { override = with'; }
    // optionalAttrs (result ? overrideAttrs) {
      overrideAttrs = change: makeOverridable (same: (f same).overrideAttrs change) arguments;
    };
  licenses.asl20 = "Apache-2.0";
  platforms.linux = [ builtins.currentSystem ];
}
