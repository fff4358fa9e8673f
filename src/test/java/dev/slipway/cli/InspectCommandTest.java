package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.Blob;
import dev.slipway.layer.Layer;
import dev.slipway.oci.Digest;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.transport.LayeredArchiveWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  private static final String EMPTY_TAR =
      "84ff92691f909a05b224e1c56abb4864f01b4f8e3c854e4bb4c7baf1d3f6d652";

  @TempDir Path folder;
  private Path archive = Path.of("");

  /** A tar without members. */
  private static final class EmptyTar implements Blob {
    @Override
    public Digest digest() {
      return new Digest(EMPTY_TAR);
    }

    @Override
    public long size() {
      return 10240;
    }

    @Override
    public void writeTo(WritableByteChannel out) throws IOException {
      ByteBuffer zeros = ByteBuffer.allocate(10240);
      while (zeros.hasRemaining()) {
        out.write(zeros);
      }
    }
  }

  @BeforeEach
  void writeArchive() throws IOException {
    archive = folder.resolve("web.tar");
    String config =
        """
        {"created": "1970-01-01T00:00:01+00:00", "architecture": "amd64", "os": "linux",
         "config": {"Cmd": ["sh", "-c", "echo \\"hi\\""], "User": "1000", "Volumes": null},
         "rootfs": {"diff_ids": ["sha256:%s"], "type": "layers"},
         "history": [{"created": "1970-01-01T00:00:01+00:00", "comment": "store paths: ['x']"},
                     {"created_by": "ENV A=b", "empty_layer": true}]}
        """
            .formatted(EMPTY_TAR);
    try (FileChannel out =
        FileChannel.open(archive, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      LayeredArchiveWriter writer = new LayeredArchiveWriter(out, 1);
      writer.storeLayer(Layer.of(new EmptyTar(), 0));
      writer.finish(config.getBytes(StandardCharsets.UTF_8), "web:latest");
    }
  }

  @Test
  void showsWhatIsInAnArchive() {
    Run run = Run.of("inspect", archive.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            """
            Image:        web:latest
            Config:       sha256:%s
            Platform:     linux/amd64
            Created:      1970-01-01T00:00:01+00:00
            Cmd:          ["sh", "-c", "echo \\"hi\\""]
            User:         1000
            Layers:       1, 10.0 KiB
                1  sha256:%s    10.0 KiB        0 entries
            History:      2
                1  1970-01-01T00:00:01+00:00  store paths: ['x']
                -  ENV A=b
            """
                .formatted(configDigest(), EMPTY_TAR));
  }

  private String configDigest() {
    Run run = Run.of("inspect", "--json", archive.toString());
    String marker = "\"configDigest\": \"sha256:";
    int start = run.out().indexOf(marker) + marker.length();
    return run.out().substring(start, start + 64);
  }

  @Test
  void showsItAsJson() throws Exception {
    Run run = Run.of("inspect", "docker-archive:" + archive, "--json");
    JsonArray images =
        (JsonArray) Json.parse(run.output().toByteArray(), "output", JsonLimits.FOREIGN);
    JsonObject image = (JsonObject) images.elements().getFirst();
    assertThat(image.members().keySet())
        .containsExactly("repoTags", "configDigest", "config", "layers");
    assertThat(String.valueOf(image.get("layers"))).contains("10240", EMPTY_TAR);
  }

  @Test
  void saysWhatItCannotRead() throws Exception {
    assertThat(Run.of("inspect", folder.resolve("none").toString()).err())
        .isEqualTo("slipway: " + folder.resolve("none") + ": no such file or directory\n");
    assertThat(Run.of("inspect", folder.toString()).err())
        .isEqualTo(
            "slipway: "
                + folder
                + ": expected an image archive or OCI layout, found a directory without"
                + " oci-layout\n");
    assertThat(Run.of("inspect", "dir:web").err())
        .isEqualTo("slipway: 'dir:web': dir: is not supported yet\n");
    Files.writeString(archive, "no tar");
    Run run = Run.of("inspect", archive.toString());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).startsWith("slipway: " + archive).hasLineCount(1);
    assertThat(Run.of("inspect").status()).isEqualTo(2);
  }
}
