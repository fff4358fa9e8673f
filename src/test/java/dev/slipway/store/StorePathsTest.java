package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class StorePathsTest {
  private static final String DIR = "/nix/store";

  @Test
  void fileTreesAreWhereNixPutsThem() {
    Digest nar = new Digest("502663a7b5cc1ee2613d39c2d8f36f8d44b2d2743e2057357fd910724ab72d37");

    assertThat(StorePaths.fixedRecursive(DIR, "g", nar, List.of(), false))
        .hasToString("/nix/store/yi2ygq4n19mn1h9n3y9bgnsl4wfjpr8n-g");
  }

  @Test
  void textsAreWhereNixPutsThem() {
    StorePath u = text("u", "x");
    StorePath a = text("a", "y");

    assertThat(u).hasToString("/nix/store/ym8ynnfz4vnlcfqn3rs6hv5r13la3x5s-u");
    assertThat(a).hasToString("/nix/store/3r1hcbh3parb8xgn7c8sv5455vz8n83v-a");
    assertThat(text("t.txt", "hi " + u + " " + a + "\n", u, a))
        .hasToString("/nix/store/dag9a6j62m1hdq3ycrnwfncivirkxyra-t.txt");
    assertThat(text("t.txt", "hello\n"))
        .hasToString("/nix/store/nj4j70xcnmcdh9y4yfs0ddw3hhli4880-t.txt");
  }

  @Test
  void referencesAndSelfMakeAnotherPath() {
    Digest nar = Digest.of(new byte[0]);
    StorePath plain = StorePaths.fixedRecursive(DIR, "n", nar, List.of(), false);

    assertThat(
            List.of(
                StorePaths.fixedRecursive(DIR, "n", nar, List.of(plain), false),
                StorePaths.fixedRecursive(DIR, "n", nar, List.of(), true),
                StorePaths.fixedRecursive("/gnu/store", "n", nar, List.of(), false)))
        .doesNotHaveDuplicates()
        .doesNotContain(plain);
  }

  @Test
  void refusesNamesThatNixRefuses() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> text("a b", ""))
        .withMessageContaining("' ' is not allowed");
  }

  private static StorePath text(String name, String text, StorePath... references) {
    Digest content = Digest.of(text.getBytes(StandardCharsets.UTF_8));
    return StorePaths.text(DIR, name, content, List.of(references));
  }
}
