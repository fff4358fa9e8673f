package dev.slipway.layering;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.store.Closure;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LayeringInputTest {
  @Test
  void refusesReferencesThatLeadOutOfTheClosure() {
    Closure closure = Sketch.closure("a -> b");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayeringInput(closure, Set.of(Sketch.path("x")), Set.of()))
        .withMessage(
            "the configuration refers to " + Sketch.path("x") + ", which is not in the closure");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LayeringInput(closure, Set.of(), Set.of(Sketch.path("x"))))
        .withMessageStartingWith("the customisation layer refers to ");
  }
}
