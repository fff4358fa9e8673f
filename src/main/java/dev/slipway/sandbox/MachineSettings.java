package dev.slipway.sandbox;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What virtual machines are made of.
 *
 * @param kernel the Linux kernel that they run; if empty, this machine's newest
 * @param modules the folder of that kernel's modules; if empty, the one in {@code /lib/modules}
 *     that has the kernel's version for a name
 * @param path the folders in which programs are looked for, in this order
 */
public record MachineSettings(Optional<Path> kernel, Optional<Path> modules, List<Path> path) {
  /** Takes a copy. */
  public MachineSettings {
    path = List.copyOf(path);
  }

  /** This machine's newest kernel, and programs from where systems have them. */
  public static MachineSettings standard() {
    List<Path> path =
        List.of(
            Path.of("/usr/local/bin"),
            Path.of("/usr/bin"),
            Path.of("/usr/sbin"),
            Path.of("/bin"),
            Path.of("/sbin"),
            Path.of("/run/current-system/sw/bin"));
    return new MachineSettings(Optional.empty(), Optional.empty(), path);
  }
}
