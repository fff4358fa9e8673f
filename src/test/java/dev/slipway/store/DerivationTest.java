package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.CodePoints;
import dev.slipway.oci.ImageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DerivationTest {
  /** As Nix 2.8 writes one. */
  static final String TEXT =
      "Derive([(\"dev\",\"/nix/store/dz5ni00kqzq1l2dcycchxi4hfnpn5vvb-x-dev\",\"\",\"\"),"
          + "(\"out\",\"/nix/store/hbiyx0vmjbaqxm76gkx692cbbyllhqfk-x\",\"r:sha256\",\"0f\")],"
          + "[(\"/nix/store/30dpscc2xrkhkx8m64pjvh3g0a0kiqvy-y.drv\",[\"dev\",\"out\"])],"
          + "[\"/nix/store/gpnbf39klxc2vgfp91d7vby1wxazf1bm-x.nix\"],"
          + "\"x86_64-linux\",\"/bin/sh\",[\"-c\",\"echo \\\"a\\\\b\\t\\r\\n ü $out\\\" \"],"
          + "[(\"\",\"\"),(\"big\",\"text\\nmore\"),(\"name\",\"x\")])";

  private static Derivation parse(String text) throws ImageException {
    return Derivation.parse(text.getBytes(StandardCharsets.UTF_8), "x.drv", "/nix/store");
  }

  private static StorePath path(String baseName) {
    return new StorePath("/nix/store", baseName);
  }

  @Test
  void readsWhatNixWrites() throws Exception {
    Derivation derivation = parse(TEXT);

    assertThat(derivation.outputs())
        .hasSize(2)
        .containsEntry(
            "out",
            new Derivation.Output(
                "/nix/store/hbiyx0vmjbaqxm76gkx692cbbyllhqfk-x", "r:sha256", "0f"));
    assertThat(derivation.inputDerivations())
        .containsOnlyKeys(path("30dpscc2xrkhkx8m64pjvh3g0a0kiqvy-y.drv"))
        .allSatisfy((_, names) -> assertThat(names).containsExactly("dev", "out"));
    assertThat(derivation.inputSources())
        .containsExactly(path("gpnbf39klxc2vgfp91d7vby1wxazf1bm-x.nix"));
    assertThat(derivation.system()).isEqualTo("x86_64-linux");
    assertThat(derivation.builder()).isEqualTo("/bin/sh");
    assertThat(derivation.arguments()).containsExactly("-c", "echo \"a\\b\t\r\n ü $out\" ");
    assertThat(derivation.environment())
        .containsExactlyEntriesOf(new TreeMap<>(Map.of("", "", "big", "text\nmore", "name", "x")));
    assertThat(derivation.unparse()).isEqualTo(TEXT);
  }

  @Test
  void writesWhatItReads() throws Exception {
    for (long seed = 1; seed <= 300; seed++) {
      Random random = new Random(seed);
      SortedMap<String, Derivation.Output> outputs = new TreeMap<>(CodePoints.ORDER);
      for (int i = random.nextInt(4); i > 0; i--) {
        String place = random.nextBoolean() ? "" : storePath(random, "out").toString();
        outputs.put(text(random), new Derivation.Output(place, text(random), text(random)));
      }
      SortedMap<StorePath, SortedSet<String>> inputs = new TreeMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        inputs.put(storePath(random, "in.drv"), new TreeSet<>(List.of(text(random), "out")));
      }
      SortedSet<StorePath> sources = new TreeSet<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        sources.add(storePath(random, "source"));
      }
      List<String> arguments = new ArrayList<>();
      SortedMap<String, String> environment = new TreeMap<>(CodePoints.ORDER);
      for (int i = random.nextInt(6); i > 0; i--) {
        arguments.add(text(random));
        environment.put(text(random), text(random));
      }
      Derivation derivation =
          new Derivation(
              outputs, inputs, sources, text(random), text(random), arguments, environment);

      String written = derivation.unparse();

      assertThat(parse(written)).as("seed %d", seed).isEqualTo(derivation);
      assertThat(parse(written).unparse()).as("seed %d", seed).isEqualTo(written);
    }
  }

  private static String text(Random random) {
    int[] alphabet = "ab\"\\\n\r\t,()[]\0é\uff5e\ud83d\ude00".codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(7); i > 0; i--) {
      text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
    }
    return text.toString();
  }

  private static StorePath storePath(Random random, String name) {
    StringBuilder hash = new StringBuilder();
    for (int i = 0; i < StorePath.HASH_LENGTH; i++) {
      hash.append(StorePath.ALPHABET.charAt(random.nextInt(32)));
    }
    return path(hash + "-" + name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "Derive( | Derive | offset 0: not a derivation: expected Derive(",
        "Derive( | DrvWithVersion( | x.drv is a derivation of a newer form than is known",
        "/bin/sh\" | /bin/sh | expected ,",
        "(\"dev\",\"/ | (\"zzz\",\"/ | offset 74: expected ascending order",
        "[\"dev\",\"out\"] | [\"out\",\"out\"] | expected ascending order",
        "(\"big\" | (\"zig\" | expected ascending order",
        "/nix/store/dz5 | /elsewhere/dz5 | is not in /nix/store",
        "text\\n | text\\q | expected one of",
        "\"name\",\"x\")]) | \"name\",\"x\")]) | expected nothing more",
        "\"name\",\"x\")]) | \"name\",\"x | expected the end of a string",
        "\"name\",\"x\")]) | \"name\",\"x\\ | expected one of",
      })
  void refusesEverythingElse(String part, String other, String message) {
    String wrong = TEXT.replace(part, other) + (part.equals(other) ? " " : "");

    assertThatThrownBy(() -> parse(wrong))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("x.drv")
        .hasMessageContaining(message);
  }

  @Test
  void refusesWhatCanBeWrittenInAnotherWay() {
    assertThatThrownBy(() -> parse(TEXT.replace("text\\n", "text\n")))
        .hasMessageContaining("expected an escape for a control character");
    byte[] bytes = TEXT.replace("text", "\u0001").getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 1) {
        bytes[i] = (byte) 0xff;
      }
    }
    assertThatThrownBy(() -> Derivation.parse(bytes, "x.drv", "/nix/store"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("the string is not UTF-8");
  }
}
