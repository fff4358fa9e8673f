# Has pkgs.dockerTools be made by Slipway. What later versions of nixpkgs add to dockerTools stays theirs.
final: prev: {
  dockerTools = (prev.dockerTools or { }) // import ./. { pkgs = final; };
}
