package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.Flattened;
import dev.slipway.layer.RawTar;
import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
  private static final byte[] LAYER = new RawTar().file("/etc/motd", "hello").end();
  private static final List<String> FILES =
      List.of("5 755 ./", "5 755 ./etc/", "0 644 ./etc/motd hello");

  @TempDir Path folder;
  private String archive = "";
  private Path out = Path.of("");

  @BeforeEach
  void writeArchive() throws IOException {
    out = folder.resolve("out.tar");
    archive = Files.write(folder.resolve("image.tar"), archive(Digest.of(LAYER))).toString();
  }

  private static byte[] archive(Digest diffId) {
    String config = "{\"rootfs\":{\"diff_ids\":[\"" + diffId + "\"]}}";
    return new RawTar()
        .file("l.tar", LAYER)
        .file("c.json", config)
        .file("manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"l.tar\"]}]")
        .end();
  }

  @Test
  void writesAndNamesTheTar() throws IOException {
    Run run = Run.of("export", archive, "-o", out.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(out + "\n");
    assertThat(Flattened.list(Files.readAllBytes(out))).isEqualTo(FILES);
    assertThat(Run.of("export", archive, "-o", out.toString(), "--json").out())
        .isEqualTo("{\n    \"out\": \"" + out + "\"\n}\n");
  }

  @Test
  void writesToStandardOutput() throws IOException {
    Run run = Run.of("export", "docker-archive:" + archive, "-o", "-");

    assertThat(Flattened.list(run.output().toByteArray())).isEqualTo(FILES);
  }

  @Test
  void membersCarrySourceDateEpoch() {
    String asIn1980 =
        Run.of("export", archive, "-o", "-").output().toString(StandardCharsets.UTF_8);
    String later =
        Run.with(Map.of("SOURCE_DATE_EPOCH", "1600000000"), "export", archive, "-o", "-")
            .output()
            .toString(StandardCharsets.UTF_8);

    assertThat(asIn1980).contains("02263523000").doesNotContain("13727410000");
    assertThat(later).contains("13727410000").doesNotContain("02263523000");
  }

  @Test
  void leavesNothingBehindWhereItFails() throws IOException {
    Path wrong = Files.write(folder.resolve("wrong.tar"), archive(Digest.of(new byte[1])));
    Files.writeString(out, "before");

    Run run = Run.of("export", wrong.toString(), "-o", out.toString());

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).startsWith("slipway: " + wrong + ": layer l.tar: ").hasLineCount(1);
    assertThat(out).hasContent("before");
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(3);
    }
  }
}
