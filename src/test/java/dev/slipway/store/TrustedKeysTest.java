package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedKeysTest {
  private static final byte[] TEXT = "1;…".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  @Test
  void oneGoodSignatureIsEnough() throws Exception {
    CacheSketch signer = new CacheSketch(folder.resolve("a"));
    String good = signer.sign(TEXT);

    assertThat(signer.trusted().verify(TEXT, List.of("x:AAAA", good)))
        .isEqualTo(new TrustedKeys.Verdict.Good());
    assertThat(TrustedKeys.NIXPKGS.and(signer.trusted()).verify(TEXT, List.of(good)))
        .isEqualTo(new TrustedKeys.Verdict.Good());
  }

  @Test
  void saysWhyThereIsNone() throws Exception {
    CacheSketch signer = new CacheSketch(folder.resolve("a"));
    CacheSketch other = new CacheSketch(folder.resolve("b"));
    String good = signer.sign(TEXT);

    assertThat(signer.trusted().verify(TEXT, List.of()))
        .isEqualTo(new TrustedKeys.Verdict.Bad("it is not signed"));
    assertThat(TrustedKeys.NIXPKGS.verify(TEXT, List.of(good)))
        .isEqualTo(new TrustedKeys.Verdict.Bad("it is signed by sketch-1, which is not trusted"));
    for (String bad :
        List.of(
            other.sign(TEXT),
            signer.sign(new byte[1]),
            "sketch-1:",
            "sketch-1:A",
            "sketch-1:!!!!",
            good.substring(0, good.length() - 4))) {
      assertThat(signer.trusted().verify(TEXT, List.of(bad)))
          .isEqualTo(new TrustedKeys.Verdict.Bad("its signature by the key sketch-1 is wrong"));
    }
    assertThat(signer.trusted().verify(TEXT, List.of("no colon", ":", "")))
        .isInstanceOf(TrustedKeys.Verdict.Bad.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "x:", ":AAAA", "x:AAAA", "x:!"})
  void refusesWhatIsNoKey(String text) {
    assertThatThrownBy(() -> TrustedKeys.parse("  " + text + " "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected a public key as NAME:BASE64 with 32 bytes, found '" + text + "'");
  }

  @Test
  void readsListsAsNixWritesThem() {
    String key = "6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";
    assertThat(TrustedKeys.parse(" a:" + key + "\n  b:" + key + " ")).hasToString("[a, b]");
    assertThat(TrustedKeys.parse("").required()).isTrue();
    assertThat(TrustedKeys.ANYBODY.required()).isFalse();
  }
}
