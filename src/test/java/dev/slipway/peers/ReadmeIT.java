package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.store.Nar;
import dev.slipway.store.NarHash;
import dev.slipway.store.NixPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's image file builds where the store has the package that it names. */
class ReadmeIT {
  private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
  private static final Pattern STORE_PATH = Pattern.compile("/nix/store/[0-9a-z]{32}-[^ \\]]+");

  @TempDir private Path folder;

  @Test
  void theImageFileBuilds() throws Exception {
    Matcher block = YAML.matcher(Files.readString(Slipway.CHECKOUT.resolve("README.md")));
    assertThat(block.find()).isTrue();
    String document = block.group(1);
    Matcher named = STORE_PATH.matcher(document);
    assertThat(named.find()).isTrue();
    String nginx = named.group();
    Path root = folder.resolve("root");
    Path object = root.resolve(nginx.substring(1));
    Files.createDirectories(object.resolve("bin"));
    Files.writeString(object.resolve("bin/nginx"), "#!/bin/sh\n");
    NarHash nar = Nar.hash(object);
    new NixPeer(root).load("%s\n%s\n%d\n\n0\n".formatted(nginx, nar.digest().hex(), nar.size()));
    Slipway slipway = Slipway.in(folder.resolve("home"));
    slipway.imageFile(document);

    Document built = slipway.json("build", "web", "--store", "local?root=" + root).at(0);

    assertThat(built.at("name").text()).isEqualTo("nginx-container");
    assertThat(built.at("out").text()).isEqualTo("web.tar.gz");
    assertThat(slipway.run("inspect", "web.tar.gz"))
        .contains(nginx, "-nginx.conf", "-index.html", "80/tcp");
  }
}
