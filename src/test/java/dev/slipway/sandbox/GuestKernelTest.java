package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestKernelTest {
  @TempDir Path root;
  private Path boot;
  private Path modules;

  @BeforeEach
  void makeFolders() throws IOException {
    boot = Files.createDirectory(root.resolve("boot"));
    modules = Files.createDirectory(root.resolve("modules"));
  }

  @Test
  void takesTheNewestThatHasModules() throws IOException {
    for (String release : List.of("6.1.0-9-amd64", "6.1.0-56-amd64", "6.12-amd64")) {
      Files.createFile(boot.resolve("vmlinuz-" + release));
    }
    addModules("6.1.0-9-amd64", "");
    addModules("6.1.0-56-amd64", "");
    addModules("6.9", "");

    assertThat(GuestKernel.newest(boot, modules))
        .isEqualTo(
            new GuestKernel(
                boot.resolve("vmlinuz-6.1.0-56-amd64"), modules.resolve("6.1.0-56-amd64")));
  }

  @Test
  void takesOneThatLiesBesideItsModules() throws IOException {
    addModules("6.9", "");
    Path image = Files.createFile(modules.resolve("6.9/vmlinuz"));

    assertThat(GuestKernel.newest(boot, modules).image()).isEqualTo(image);
  }

  @Test
  void saysWhatToInstallWhereThereIsNone() {
    assertThatThrownBy(() -> GuestKernel.newest(boot, modules))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "a virtual machine needs a Linux kernel, but there is none in %s that has modules in"
                + " %s: install one (Debian: linux-image-cloud-amd64 or linux-image-cloud-arm64)",
            boot, modules);
  }

  @Test
  void knowsAKernelThatWasAskedForByItsNameOrItsModules() throws IOException {
    Path image = Files.createFile(root.resolve("bzImage"));
    Path named = Files.createFile(root.resolve("vmlinuz-1.2"));
    addModules("1.2", "");

    assertThat(GuestKernel.of(named, Optional.empty(), modules).modules())
        .isEqualTo(modules.resolve("1.2"));
    assertThat(GuestKernel.of(image, Optional.of(modules.resolve("1.2")), modules).image())
        .isEqualTo(image);
    assertThatThrownBy(() -> GuestKernel.of(image, Optional.empty(), modules))
        .hasMessage(
            "the kernel %s has no modules that can be read: %s/bzImage/modules.dep",
            image, modules);
    assertThatThrownBy(() -> GuestKernel.of(root.resolve("none"), Optional.empty(), modules))
        .hasMessage("the kernel %s/none cannot be read", root);
  }

  @Test
  void loadsWhatAModuleNeedsBeforeItAndOnce() throws IOException {
    addModules(
        "1.2",
        """
        kernel/virtio/virtio_pci.ko.xz: kernel/virtio/virtio.ko.xz kernel/virtio/ring.ko.xz
        kernel/virtio/virtio_blk.ko.xz: kernel/virtio/virtio.ko.xz kernel/virtio/ring.ko.xz
        kernel/virtio/virtio-rng.ko.xz:
        kernel/virtio/virtio.ko.xz: kernel/virtio/ring.ko.xz
        kernel/virtio/ring.ko.xz:
        """);
    Files.writeString(modules.resolve("1.2/modules.builtin"), "kernel/fs/ext4/ext4.ko\n");
    GuestKernel kernel = new GuestKernel(boot.resolve("vmlinuz-1.2"), modules.resolve("1.2"));

    assertThat(
            kernel.loadOrder(
                List.of("virtio_pci", "virtio_blk", "ext4"), List.of("virtio_rng", "crc32c")))
        .isEqualTo(
            Stream.of("ring", "virtio", "virtio_pci", "virtio_blk", "virtio-rng")
                .map(name -> modules.resolve("1.2/kernel/virtio/" + name + ".ko.xz"))
                .toList());
    assertThatThrownBy(() -> kernel.loadOrder(List.of("overlay"), List.of()))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "the kernel %s/vmlinuz-1.2 cannot be used: it has no overlay in %s/1.2", boot, modules);
  }

  @Test
  void knowsHowModulesArePacked() throws ImageException {
    assertThat(GuestKernel.unpacker(Path.of("a.b.ko"))).isEmpty();
    assertThat(GuestKernel.unpacker(Path.of("a.ko.xz"))).contains("xz");
    assertThat(GuestKernel.unpacker(Path.of("a.ko.zst"))).contains("zstd");
    assertThat(GuestKernel.unpacker(Path.of("a.ko.gz"))).contains("gzip");
    assertThatThrownBy(() -> GuestKernel.unpacker(Path.of("a.ko.lz9")))
        .hasMessage("a.ko.lz9 is packed in a way that is not known");
  }

  private void addModules(String release, String dependencies) throws IOException {
    Path folder = Files.createDirectory(modules.resolve(release));
    Files.writeString(folder.resolve("modules.dep"), dependencies);
  }
}
