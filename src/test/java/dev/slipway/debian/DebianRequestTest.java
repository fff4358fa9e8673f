package dev.slipway.debian;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DebianRequestTest {
  @ParameterizedTest
  @CsvSource({
    "bookworm, bookworm bookworm-updates bookworm-security",
    "stable, stable stable-updates stable-security",
    "bookworm-security, bookworm bookworm-updates bookworm-security",
    "bookworm-updates, bookworm bookworm-updates bookworm-security",
    "bookworm-backports, bookworm bookworm-updates bookworm-security bookworm-backports",
    "x-backports-sloppy, x x-updates x-security x-backports-sloppy",
    "trixie-proposed-updates, trixie trixie-updates trixie-security trixie-proposed-updates",
    "sid, sid",
    "experimental, sid experimental",
  })
  void suitesHaveTheReleasesThatBelongToThem(String suite, String releases) {
    assertThat(new DebianRequest(List.of("p"), suite, List.of("main"), "amd64").releases())
        .extracting(folder -> folder.replaceFirst(".*/", ""))
        .containsExactly(releases.split(" ", -1));
  }
}
