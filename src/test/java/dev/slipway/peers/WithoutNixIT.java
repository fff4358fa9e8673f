package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/without-nix.md, as they stand there. */
class WithoutNixIT {
  private static final Pattern SHELL_BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  private static List<String> blocks() throws IOException {
    return SHELL_BLOCK
        .matcher(Files.readString(Slipway.CHECKOUT.resolve("docs/without-nix.md")))
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  @Test
  void theGuidesCommandsWork() throws Exception {
    Slipway slipway = Slipway.in(folder.resolve("reader"));
    try (DockerDaemon docker = DockerDaemon.start(folder);
        DockerRegistry registry = DockerRegistry.start(folder)) {
      Map<String, String> world = Map.of("DOCKER_HOST", docker.host());
      List<String> blocks = blocks();
      assertThat(blocks).hasSize(4);

      assertThat(slipway.shell(blocks.get(0), world)).contains("files.tar.gz\n", "files:1");
      assertThat(slipway.shell(blocks.get(1), world)).endsWith("web.tar.gz\n");
      assertThat(slipway.shell(blocks.get(2), world)).endsWith("app.tar.gz\n");
      String lines =
          blocks
              .get(3)
              .replace("registry.example/app:1", registry.domain() + "/app:1 --tls-verify=false");
      assertThat(slipway.shell(lines, world)).contains("uid=33 gid=", "/app:1@sha256:");
    }
  }
}
