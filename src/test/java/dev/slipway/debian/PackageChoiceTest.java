package dev.slipway.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PackageChoiceTest {
  private final List<DebianPackage> packages = new ArrayList<>();

  private void add(String name, String version, String... fields) throws ImageException {
    Map<String, String> all =
        new TreeMap<>(
            Map.of(
                "Package",
                name,
                "Version",
                version,
                "Architecture",
                "amd64",
                "Filename",
                "pool/" + name + "_" + version + ".deb",
                "Size",
                "1",
                "SHA256",
                Digest.of(new byte[0]).hex()));
    for (String field : fields) {
      all.put(field.substring(0, field.indexOf(':')), field.substring(field.indexOf(':') + 1));
    }
    packages.add(DebianPackage.of(all, "debian"));
  }

  /** NAME=VERSION of each package, and what it needs. */
  private String chosen(String... names) throws ImageException {
    List<DebianPackage> shuffled = new ArrayList<>(packages);
    Collections.shuffle(shuffled, new Random(packages.size()));
    StringBuilder lines = new StringBuilder();
    new PackageChoice(shuffled, "amd64")
        .of(List.of(names))
        .forEach((name, chosen) ->
            lines
                .append(name)
                .append('=')
                .append(chosen.found().version())
                .append(chosen.needs())
                .append('\n'));
    return lines.toString();
  }

  @Test
  void takesTheNewestAndAllThatItNeeds() throws ImageException {
    add("web", "1.0", "Depends: old");
    add("web", "1.0+deb12u1", "Depends: libc6 (>= 2.3), tool:any [amd64], web", "Pre-Depends:base");
    add("libc6", "2.36", "Depends:libgcc-s1");
    add("libgcc-s1", "12", "Depends:libc6");
    add("tool", "1");
    add("base", "1");
    add("other", "1");
    assertThat(chosen("web"))
        .isEqualTo(
            """
            base=1[]
            libc6=2.36[libgcc-s1]
            libgcc-s1=12[libc6]
            tool=1[]
            web=1.0+deb12u1[base, libc6, tool]
            """);
  }

  @Test
  void choosesAlternativesTheSameWayEveryTime() throws ImageException {
    add("a", "1", "Depends:mail-server | exim, x | y, missing | z (>> 1) | y");
    add("postfix", "1", "Provides:mail-server, smtp (= 2)", "Priority:optional");
    add("nullmailer", "1", "Provides:mail-server", "Priority:optional");
    add("exim", "1", "Provides:mail-server", "Priority:standard");
    add("x", "1");
    add("y", "1");
    add("z", "1");
    add("b", "1", "Depends:smtp (>= 2)");
    assertThat(chosen("a")).isEqualTo("a=1[exim, x, y]\nexim=1[]\nx=1[]\ny=1[]\n");
    // What is asked for by name comes first.
    assertThat(chosen("a", "postfix", "y")).isEqualTo("a=1[postfix, y]\npostfix=1[]\ny=1[]\n");
    assertThat(chosen("b")).isEqualTo("b=1[postfix]\npostfix=1[]\n");
  }

  @Test
  void saysWhatThereIsNot() throws ImageException {
    add("a", "1", "Depends:c (>= 2) | d");
    add("c", "1", "Provides:virtual");
    assertThatThrownBy(() -> chosen("a"))
        .hasMessage("the Debian package a needs c (>= 2) or d, which there is not");
    assertThatThrownBy(() -> chosen("none")).hasMessage("there is no Debian package none");
    assertThatThrownBy(() -> chosen("virtual"))
        .hasMessage("there is no Debian package virtual, but c provides it");
    add("bad", "1", "Depends:Not a package");
    assertThatThrownBy(() -> chosen("bad")).hasMessage("'Not a package' names no Debian package");
  }

  @Test
  void architecturesOfOthersAreNotTaken() throws ImageException {
    add("web", "1", "Depends: tool:any, lib:amd64, other:i386 | base:native");
    add("tool", "1");
    add("lib", "1");
    add("lib", "2", "Architecture:arm64");
    add("other", "1");
    add("base", "1", "Architecture:all");
    assertThat(chosen("web")).isEqualTo("base=1[]\nlib=1[]\ntool=1[]\nweb=1[base, lib, tool]\n");
    add("wine", "1", "Depends: other:i386 (>= 1)");
    assertThatThrownBy(() -> chosen("wine"))
        .hasMessage("the Debian package wine needs other:i386 (>= 1), which there is not");
  }

  @Test
  void takesAlternativesThatCanBeTogether() throws ImageException {
    add("a", "1", "Depends: mail | other-mail | small-mail");
    add("b", "1", "Conflicts: mail", "Breaks: other-mail (<< 3)");
    add("mail", "1");
    add("other-mail", "2");
    add("small-mail", "1", "Conflicts: mail-server", "Provides: mail-server");
    assertThat(chosen("a")).isEqualTo("a=1[mail]\nmail=1[]\n");
    assertThat(chosen("a", "b")).isEqualTo("a=1[small-mail]\nb=1[]\nsmall-mail=1[]\n");
  }

  @Test
  void saysWhatCannotBeTogether() throws ImageException {
    add("postfix", "1", "Provides: mail-server (= 1)", "Conflicts: mail-server");
    add("exim", "1", "Provides: mail-server (= 4)");
    add("old", "1", "Breaks: mail-server (<< 4), exim:i386");
    add("a", "1", "Depends: exim");
    String fault =
        "the Debian packages postfix 1 and exim 1 cannot be together: the former excludes"
            + " mail-server";
    assertThatThrownBy(() -> chosen("postfix", "exim")).hasMessage(fault);
    assertThatThrownBy(() -> chosen("exim", "postfix")).hasMessage(fault);
    assertThatThrownBy(() -> chosen("a", "postfix")).hasMessage(fault);
    assertThatThrownBy(() -> chosen("postfix", "old")).hasMessageContaining("(<< 4)");
    assertThat(chosen("exim", "old")).isEqualTo("exim=1[]\nold=1[]\n");
  }
}
