package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.util.List;
import java.util.Locale;

/**
 * What a virtual machine is like on a processor's architecture.
 *
 * @param emulator the program that runs it
 * @param debianPackage what Debian calls the package with that
 * @param options what makes the emulator one that Linux runs on
 * @param console what Linux calls the console of that
 */
record GuestArchitecture(
    String emulator, String debianPackage, List<String> options, String console) {
  /** Takes a copy. */
  GuestArchitecture {
    options = List.copyOf(options);
  }

  /**
   * The one of a machine, since the scripts' programs are those of this machine.
   *
   * @param name as the JDK calls it
   */
  static GuestArchitecture of(String name) throws ImageException {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" ->
          new GuestArchitecture(
              "qemu-system-x86_64", "qemu-system-x86", List.of("-M", "q35"), "ttyS0");
      case "aarch64", "arm64" ->
          new GuestArchitecture(
              "qemu-system-aarch64", "qemu-system-arm", List.of("-M", "virt"), "ttyAMA0");
      default -> throw new ImageException("virtual machines are not made on " + name);
    };
  }
}
