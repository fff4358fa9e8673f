package dev.slipway.cli.imagefile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateTest {
  private static final Position AT = new Position("slipway.yaml", 1, 1);

  @ParameterizedTest
  @CsvSource({
    "plain, plain",
    "${{ paths.a }}, <paths.a>",
    "${{paths.a}}/${{  images.b-c  }}!, <paths.a>/<images.b-c>!",
    "$${{ paths.a }}, ${{ paths.a }}",
    "$$${{ paths.a }}, $${{ paths.a }}",
    "${{ paths.a }}$${{ paths.a }}, <paths.a>${{ paths.a }}",
    "$HOME ${X} $$ $(y) {{ z }} $, $HOME ${X} $$ $(y) {{ z }} $",
    "${{ paths.two words }}, <paths.two words>",
  })
  void replacesReferencesOnly(String text, String rendered) throws Exception {
    assertThat(Template.parse(AT, text).render(reference -> "<" + reference + ">"))
        .isEqualTo(rendered);
  }

  @Test
  void knowsWhatItRefersTo() throws Exception {
    assertThat(Template.parse(AT, "${{ paths.a }} ${{ images.b }}").references())
        .containsExactly(Reference.path("a"), Reference.image("b"));
    assertThat(Template.parse(AT, "").isEmpty()).isTrue();
  }
}
