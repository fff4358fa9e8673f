package dev.slipway.cli;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.store.NixHash;
import dev.slipway.transport.RegistryImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code slipway prefetch}: prints the arguments of {@code pullImage} that lead to what a reference
 * leads to now, as {@code nix-prefetch-docker} does.
 */
final class PrefetchCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException {
    Asked asked = asked(invocation);
    ImageReference image = PullCommand.reference(asked.reference());
    String finalName = invocation.value(OptionName.FINAL_NAME).orElse(asked.name());
    String finalTag = invocation.value(OptionName.FINAL_TAG).or(image::tag).orElse("latest");
    PullRequest request =
        new PullRequest(
            image,
            PullCommand.platform(invocation, session),
            PullCommand.name(finalName, finalTag),
            true);
    try (Puller puller = new Puller(session)) {
      RegistryImage found = puller.resolve(request);
      Digest hash = puller.prefetch(request, found);
      JsonObject attributes =
          JsonObject.EMPTY
              .with("imageName", asked.name())
              .with("imageDigest", found.digest().toString())
              .with("hash", NixHash.sri(hash))
              .with("finalImageName", finalName)
              .with("finalImageTag", finalTag);
      new JsonOrText(session.streams(), invocation.has(OptionName.JSON))
          .write(() -> attributes, () -> nix(attributes));
    }
  }

  /**
   * What is to be fetched.
   *
   * @param name the image's name, as it was given
   * @param reference that with its tag or digest
   */
  private record Asked(String name, String reference) {}

  /** An image is given as one word, or as the original of this command takes it. */
  private static Asked asked(Invocation invocation) throws UsageException {
    List<String> words = new ArrayList<>(invocation.words().subList(1, invocation.words().size()));
    Optional<String> named = invocation.value(OptionName.PREFETCH_NAME);
    if (named.isPresent()) {
      words.addFirst(named.get());
    }
    if (words.isEmpty() || words.size() > 2) {
      throw new UsageException("slipway prefetch needs one REF, found " + words.size());
    }
    String image = words.getFirst();
    int at = image.indexOf('@');
    String tagged = at < 0 ? image : image.substring(0, at);
    int colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
    String name = colon < 0 ? tagged : tagged.substring(0, colon);
    String rest = image.substring(name.length());
    if (words.size() == 2) {
      rest += (words.get(1).startsWith("sha256:") ? "@" : ":") + words.get(1);
    }
    Optional<String> tag = invocation.value(OptionName.PREFETCH_TAG);
    if (tag.isPresent()) {
      rest = ":" + tag.get() + rest;
    }
    Optional<String> digest = invocation.value(OptionName.PREFETCH_DIGEST);
    if (digest.isPresent()) {
      rest += "@" + digest.get();
    }
    return new Asked(name, name + rest);
  }

  private static String nix(JsonObject attributes) {
    StringBuilder text = new StringBuilder("{\n");
    for (Map.Entry<String, ?> attribute : attributes.members().entrySet()) {
      if (attribute.getValue() instanceof JsonString(String value)) {
        text.append("  %s = \"%s\";\n".formatted(attribute.getKey(), value));
      }
    }
    return text.append("}\n").toString();
  }
}
