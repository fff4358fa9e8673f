package dev.slipway.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.slipway.layer.RawTar;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class DockerArchiveFuzzTest {
  private static final ArchiveLimits SMALL = new ArchiveLimits(1 << 22, 1 << 22, 2);

  static Stream<byte[]> seeds() {
    byte[] layer = ArchiveSketch.layer("a");
    ArchiveSketch linked = new ArchiveSketch().layer("a/layer.tar", layer);
    linked.listed("b/layer.tar", layer).tar().link('2', "b/layer.tar", "../a/layer.tar");
    return Stream.of(
        new ArchiveSketch().layer("a/layer.tar", layer).end(),
        linked.end(),
        new RawTar().file("index.json", "{\"manifests\":[{\"digest\":\"sha256:0\"}]}").end());
  }

  @MethodSource("seeds")
  @FuzzTest
  void readsOrRefuses(byte[] bytes) throws IOException {
    RawTar.fixChecksums(bytes);
    Path folder = Files.createTempDirectory("fuzz");
    Path file = Files.write(folder.resolve("a.tar"), bytes);
    try (DockerArchive archive = DockerArchive.open(file, folder, SMALL)) {
      for (ArchivedImage image : archive.images()) {
        for (ArchivedLayer layer : image.layers()) {
          assertThat(BytesBlob.read(layer.layer().tar()).length)
              .isEqualTo((int) layer.layer().tar().size());
        }
      }
    } catch (ImageException e) {
      assertThat(e).message().startsWith(file + ": ").doesNotContain("\n");
    } finally {
      Files.delete(file);
      Files.delete(folder);
    }
  }
}
