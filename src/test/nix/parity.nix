# The cases of a parity folder through the drop-in: their store paths are given the context that they have in expressions.
{
  dockerTools,
  # the folder with a folder for each family of cases
  cases,
}:
let
  families = [
    "buildImage"
    "layered"
    "merge"
    "export"
    "fakeroot"
    "runAsRoot"
  ];
  storePath = "${builtins.storeDir}/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+";

  withContext =
    value:
    if builtins.isString value then
      let
        paths = builtins.concatLists (builtins.filter builtins.isList (builtins.split "(${storePath})" value));
      in
      builtins.appendContext value (
        builtins.listToAttrs (map (name: { inherit name; value.path = true; }) paths)
      )
    else if builtins.isList value then
      map withContext value
    else if builtins.isAttrs value then
      builtins.mapAttrs (_: withContext) value
    else
      value;

  # The images of an image file, by name.
  images =
    file:
    let
      spec = builtins.fromJSON (builtins.readFile file);
      resolved =
        value:
        if builtins.isString value && builtins.match "\\$\\{\\{ images\\..* }}" value != null then
          built.${builtins.head (builtins.match "\\$\\{\\{ images\\.(.*) }}" value)}
        else if builtins.isList value then
          map resolved value
        else if builtins.isAttrs value then
          builtins.mapAttrs (_: resolved) value
        else
          withContext value;
      built = builtins.mapAttrs (
        _: call:
        let
          function = builtins.head (builtins.attrNames call);
        in
        dockerTools.${function} (
          if function == "exportImage" then
            { name = "exported.tar"; } // resolved call.${function}
          else
            resolved call.${function}
        )
      ) spec.images;
    in
    built;

  casesOf =
    family:
    let
      folder = cases + "/${family}";
    in
    map (name: {
      name = "${family}-${name}";
      value = {
        image =
          let
            it = (images (folder + "/${name}/slipway.json")).it;
          in
          # A stream's result is a program.
          if it.isExe or false then it.archive else it;
        fails = (builtins.fromJSON (builtins.readFile (folder + "/${name}/expected.json"))).expect ? error;
      };
    }) (builtins.attrNames (builtins.readDir folder));
  all = builtins.listToAttrs (builtins.concatMap casesOf families);
  those =
    fails:
    builtins.mapAttrs (_: one: one.image) (
      builtins.removeAttrs all (
        builtins.filter (name: all.${name}.fails != fails) (builtins.attrNames all)
      )
    );
in
{
  good = those false;
  bad = those true;
  names = builtins.mapAttrs (_: _: true) (those true);
}
