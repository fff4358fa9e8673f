package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The first file system of a virtual machine: this machine's own programs with what they load, the
 * drivers, and what is to be done.
 */
final class Initramfs {
  /** Drivers that a run needs, as parts of the kernel or as modules. */
  private static final List<String> DRIVERS =
      List.of("virtio_pci", "virtio_blk", "virtio_console", "ext4", "overlay");

  /** What ext4 computes its sums with, where that is a module, and a source of random numbers. */
  private static final List<String> USEFUL_DRIVERS =
      List.of("crc32c_generic", "crc32c_cryptoapi", "virtio_rng");

  /** Programs of util-linux which busybox has not, or in a lesser form. */
  private static final List<String> PROGRAMS =
      List.of("mount", "umount", "unshare", "setpriv", "prlimit");

  private static final List<String> DIRECTORIES =
      List.of(
          "dev",
          "proc",
          "sys",
          "tmp",
          "old",
          "image",
          "tree",
          "self",
          "room",
          "lower",
          "slipway/disk");

  private final GuestKernel kernel;
  private final HostPrograms programs;
  private final boolean network;
  private final String shell;

  /**
   * @param network whether there is one to be driven
   * @param shell where else bash is to be found
   */
  Initramfs(GuestKernel kernel, HostPrograms programs, boolean network, String shell) {
    this.kernel = kernel;
    this.programs = programs;
    this.network = network;
    this.shell = shell;
  }

  /**
   * Writes it.
   *
   * @param files what else is in it, by path
   * @throws ImageException if something that it needs is not installed
   */
  void write(Path target, Map<String, byte[]> files) throws IOException, InterruptedException {
    List<String> drivers = new ArrayList<>(DRIVERS);
    if (network) {
      drivers.add("virtio_net");
    }
    List<Path> modules = kernel.loadOrder(drivers, USEFUL_DRIVERS);
    try (CpioWriter out =
        new CpioWriter(new BufferedOutputStream(Files.newOutputStream(target), 1 << 16))) {
      for (String directory : DIRECTORIES) {
        out.directory(directory);
      }
      // In a root in which nothing is mounted there, umount does nothing without one.
      out.file("proc/self/mountinfo", 0444, new byte[0]);
      out.file("dev/null", 0666, new byte[0]);
      for (String path : List.of("sbin", "usr/bin", "usr/sbin")) {
        out.symlink(path, "/bin");
      }
      addPrograms(out);
      if (shell.startsWith("/") && !shell.startsWith("/bin/") && !shell.startsWith("/usr/bin/")) {
        out.symlink(shell.substring(1), "/bin/bash");
      }
      for (int i = 0; i < modules.size(); i++) {
        String name = GuestKernel.name(modules.get(i).toString());
        String path = String.format(Locale.ROOT, "modules/%02d-%s.ko", i, name);
        Optional<String> unpacker = GuestKernel.unpacker(modules.get(i));
        if (unpacker.isEmpty()) {
          out.file(path, 0644, modules.get(i));
        } else {
          out.file(path, 0644, unpacked(modules.get(i), unpacker.get()));
        }
      }
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        out.file(file.getKey(), 0755, file.getValue());
      }
    }
  }

  private void addPrograms(CpioWriter out) throws IOException, InterruptedException {
    List<Path> found = new ArrayList<>();
    add(out, found, "busybox", programs.get("busybox", "Debian: busybox-static"));
    add(out, found, "tar", programs.get("tar", "GNU tar"));
    for (String name : PROGRAMS) {
      add(out, found, name, programs.get(name, "util-linux"));
    }
    Optional<Path> bash = programs.find("bash-static");
    if (bash.isPresent()) {
      add(out, found, "bash-static", bash.get());
    }
    add(out, found, "bash", programs.get("bash", "bash"));
    add(out, found, "sh", programs.get("sh", "a shell"));
    for (Path library : programs.libraries(found)) {
      out.file(library.toString().substring(1), 0755, library);
    }
  }

  private static void add(CpioWriter out, List<Path> found, String name, Path program)
      throws IOException {
    out.file("bin/" + name, 0755, program);
    found.add(program);
  }

  private byte[] unpacked(Path module, String unpacker) throws IOException, InterruptedException {
    Path program = programs.get(unpacker, "for the kernel's modules");
    Process process =
        new ProcessBuilder(program.toString(), "-dc", module.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.getOutputStream().close();
    try (InputStream in = process.getInputStream()) {
      byte[] bytes = in.readAllBytes();
      if (process.waitFor() != 0) {
        throw new ImageException(module + " cannot be unpacked by " + program);
      }
      return bytes;
    }
  }
}
