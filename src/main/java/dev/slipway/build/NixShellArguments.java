package dev.slipway.build;

import dev.slipway.layer.Compression;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Platform;
import java.util.Optional;

/**
 * The arguments of {@code streamNixShellImage} and {@code buildNixShellImage}, under their names in
 * dockerTools.
 *
 * @param drv the derivation whose environment the shell has
 * @param name the image's name; if empty, the derivation's with {@code -env}
 * @param tag the image's tag; if empty, it follows from the config
 * @param uid the number of the user who runs the shell, and owns the store in the image
 * @param gid their group's number
 * @param homeDirectory their home
 * @param shell the bash that it is; if empty, that of {@code bashInteractive}
 * @param command what the shell runs before it ends, as if it had been typed
 * @param run likewise, in a shell that is not interactive; one of the two must be empty
 * @param platform what the image is for
 * @param compressor how the archive is compressed that {@code buildNixShellImage} writes
 * @param packages what the image is made with
 */
public record NixShellArguments(
    ShellDerivation drv,
    Optional<String> name,
    Optional<String> tag,
    long uid,
    long gid,
    String homeDirectory,
    Optional<String> shell,
    Optional<String> command,
    Optional<String> run,
    Platform platform,
    Compression compressor,
    Packages packages) {
  /**
   * Packages of nixpkgs, as logical paths in the store.
   *
   * @param bashInteractive has the shell, and is {@code /bin/sh}
   * @param coreutils has {@code /usr/bin/env}
   * @param cacert has the certificates of authorities
   * @param runtimeShell the file of the shell that runs scripts
   */
  public record Packages(
      String bashInteractive, String coreutils, String cacert, String runtimeShell) {}

  /** The image's name. */
  String imageName() {
    return name.orElse(drv.name() + "-env");
  }

  /** The path of the shell. */
  String shellPath() {
    return shell.orElse(packages.bashInteractive() + "/bin/bash");
  }

  /**
   * Refuses what can be seen to be wrong without a look at the store.
   *
   * @throws ImageException naming the argument
   */
  void check() throws ImageException {
    if (command.isPresent() && run.isPresent()) {
      throw new ImageException("streamNixShellImage: Can't specify both command and run");
    }
    if (shellPath().lastIndexOf('/') <= 0) {
      throw new ImageException(
          "image '%s': shell: expected the path of a bash, found '%s'"
              .formatted(imageName(), shellPath()));
    }
  }
}
