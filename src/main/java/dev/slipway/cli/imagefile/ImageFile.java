package dev.slipway.cli.imagefile;

import dev.slipway.oci.Platform;
import dev.slipway.oci.message.Nearest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An image file whose every name is known and whose references form no circle.
 *
 * @param label the file as its user named it
 * @param folder the absolute folder that relative paths start from
 * @param stores the stores that it asks for, in order
 * @param tools the packages that it names
 * @param paths its store objects by name, in its order
 * @param images its images by name, in its order
 * @param dependencies what each of them refers to
 * @param host the platform that an image is built for if nothing else is said
 */
public record ImageFile(
    String label,
    Path folder,
    List<StoreText> stores,
    Map<Tool, PathArgument> tools,
    SequencedMap<String, StoreObjectSpec> paths,
    SequencedMap<String, ImageSpec> images,
    Map<Part, Set<Reference>> dependencies,
    Platform host) {

  /**
   * What an image file leaves to its surroundings.
   *
   * @param storeDir the logical store directory
   * @param architecture the GOARCH name of an image that names none
   */
  public record Defaults(String storeDir, String architecture) {}

  /**
   * Names a store.
   *
   * @param at where it stands
   * @param text the store in the words of {@code --store}
   */
  public record StoreText(Position at, String text) {}

  /**
   * What refers to something.
   *
   * @param reference its name
   * @param platform of an image for several platforms, which of these
   */
  public record Part(Reference reference, Optional<Platform> platform) {}

  /** Something that is made while images are built. */
  public sealed interface Step {}

  /**
   * A store object.
   *
   * @param name its name
   * @param platform what it is made for, if it is another for each
   */
  public record StoreObject(String name, Optional<Platform> platform) implements Step {}

  /**
   * An image.
   *
   * @param name its name
   * @param platform the platform that it is built for
   */
  public record Target(String name, Platform platform) implements Step {
    /** NAME@ARCHITECTURE, as on the command line, with no slash in it. */
    public String fileName() {
      String os = platform.os().equals("linux") ? "" : platform.os() + "-";
      String variant = platform.variant().isEmpty() ? "" : "-" + platform.variant();
      return name + "@" + os + platform.architecture() + variant;
    }
  }

  /** Takes copies. */
  public ImageFile {
    stores = List.copyOf(stores);
    tools = Map.copyOf(tools);
    paths = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(paths));
    images = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(images));
    dependencies = Map.copyOf(dependencies);
  }

  /**
   * Reads {@code file}; relative paths in it are relative to its folder.
   *
   * @throws ImageFileException if it is wrong
   * @throws IOException if it cannot be read
   */
  public static ImageFile read(Path file, Defaults defaults) throws IOException {
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(Documents.MAX_SIZE + 1);
    }
    Path folder = file.toAbsolutePath().normalize().getParent();
    return parse(content, file.toString(), folder == null ? Path.of("/") : folder, defaults);
  }

  /**
   * Reads an image file's content.
   *
   * @param label names it in messages; if it ends in {@code .json} the content is JSON
   * @param folder the absolute folder that relative paths start from
   * @throws ImageFileException if it is wrong
   */
  public static ImageFile parse(byte[] content, String label, Path folder, Defaults defaults)
      throws ImageFileException {
    Node root = Documents.read(content, label);
    return new ImageFileReader(label, folder, defaults).read(root);
  }

  /**
   * The image with this name.
   *
   * @throws ImageFileException if there is none; the message names the nearest
   */
  public ImageSpec image(String name) throws ImageFileException {
    ImageSpec image = images.get(name);
    if (image == null) {
      throw new ImageFileException(
          Position.of(label), "no image '" + name + "'" + Nearest.hint(name, images.keySet()));
    }
    return image;
  }

  /** Whether there is an image with this name. */
  public boolean hasImage(String name) {
    return images.containsKey(name);
  }

  /** The platforms that the image with this name is for, as it lists them; none if it does not. */
  public Optional<List<Platform>> platforms(String name) throws ImageFileException {
    return image(name) instanceof ImageSpec.ForPlatforms several
        ? Optional.of(List.copyOf(several.images().keySet()))
        : Optional.empty();
  }

  /**
   * The image with this name, for the platform that it names itself, else for this machine's.
   *
   * @throws ImageFileException if there is none, or not for this machine
   */
  public Target target(String name) throws ImageFileException {
    return builtUponBy(host, name);
  }

  /**
   * The image with this name, for another platform than it names itself, unless it lists several.
   *
   * @throws ImageFileException if there is none, or not for this platform
   */
  public Target target(String name, Platform wanted) throws ImageFileException {
    return new Target(
        name,
        image(name) instanceof ImageSpec.ForPlatforms several
            ? choose(name, several, wanted)
            : wanted);
  }

  /**
   * The image with this name as an image for {@code platform} is built upon it: for the same
   * platform, unless it names one itself.
   *
   * @throws ImageFileException if there is none, or not for this platform
   */
  public Target builtUponBy(Platform platform, String name) throws ImageFileException {
    ImageSpec image = image(name);
    return new Target(
        name,
        image instanceof ImageSpec.ForPlatforms several
            ? choose(name, several, platform)
            : image.platform(platform));
  }

  private static Platform choose(String name, ImageSpec.ForPlatforms several, Platform wanted)
      throws ImageFileException {
    Optional<Platform> serving = several.serving(wanted);
    if (serving.isEmpty()) {
      throw new ImageFileException(
          several.at(),
          "images.%s is not for %s, but for %s"
              .formatted(
                  name,
                  wanted,
                  several.images().keySet().stream()
                      .map(Platform::toString)
                      .collect(Collectors.joining(", "))));
    }
    return serving.get();
  }

  /**
   * What an image is for its platform.
   *
   * @throws ImageFileException if there is none
   */
  public ImageSpec image(Target target) throws ImageFileException {
    ImageSpec image = image(target.name());
    if (!(image instanceof ImageSpec.ForPlatforms several)) {
      return image;
    }
    ImageSpec chosen = several.images().get(target.platform());
    if (chosen == null) {
      throw new IllegalArgumentException("not one of its platforms: " + target);
    }
    return chosen;
  }

  /** The store object with this name, as an image for {@code platform} is made from it. */
  public StoreObject storeObject(String name, Platform platform) {
    return new StoreObject(
        name, differs(name, new HashSet<>()) ? Optional.of(platform) : Optional.empty());
  }

  /** Whether a store object is another for each platform: it has packages, or is made from some. */
  private boolean differs(String name, Set<String> seen) {
    if (!seen.add(name)) {
      return false;
    }
    if (paths.get(name) instanceof StoreObjectSpec.Deb deb && deb.architecture().isEmpty()) {
      return true;
    }
    Part part = new Part(Reference.path(name), Optional.empty());
    return dependencies.getOrDefault(part, Set.of()).stream()
        .anyMatch(reference ->
            reference.kind() == Reference.Kind.PATHS && differs(reference.name(), seen));
  }

  /** The platforms that the file's images are for, this machine's among them. */
  public Set<Platform> platforms() {
    Set<Platform> all = new LinkedHashSet<>(Set.of(host));
    for (ImageSpec image : images.values()) {
      if (image instanceof ImageSpec.ForPlatforms several) {
        all.addAll(several.images().keySet());
      } else {
        all.add(image.platform(host));
      }
    }
    return all;
  }

  /** The file that pins what changes elsewhere: it lies beside this one and is called as it is. */
  public Path lockFile() {
    String own = String.valueOf(Path.of(label).getFileName());
    int dot = own.lastIndexOf('.');
    return folder.resolve((dot > 0 ? own.substring(0, dot) : own) + ".lock");
  }

  /**
   * These images and all that they are made from, each after what it is made from.
   *
   * @throws ImageFileException if one of them is not for the platform that is needed
   */
  public List<Step> buildOrder(Collection<Target> targets) throws ImageFileException {
    try {
      return new DependencyOrder<Step, ImageFileException>(this::needed).of(List.copyOf(targets));
    } catch (DependencyOrder.CycleException e) {
      throw new IllegalStateException("no image file with a circle exists", e);
    }
  }

  private Collection<Step> needed(Step step) throws ImageFileException {
    Part part =
        switch (step) {
          case StoreObject(var name, _) -> new Part(Reference.path(name), Optional.empty());
          case Target(var name, var platform) ->
              new Part(
                  Reference.image(name),
                  platforms(name).isEmpty() ? Optional.empty() : Optional.of(platform));
        };
    Platform platform =
        switch (step) {
          case StoreObject object -> object.platform().orElse(host);
          case Target target -> target.platform();
        };
    List<Step> steps = new ArrayList<>();
    for (Reference reference : dependencies.getOrDefault(part, Set.of())) {
      steps.add(
          switch (reference.kind()) {
            case PATHS -> storeObject(reference.name(), platform);
            case IMAGES -> builtUponBy(platform, reference.name());
          });
    }
    return steps;
  }

  /** The package that the file names for {@code tool}, if any. */
  public Optional<PathArgument> tool(Tool tool) {
    return Optional.ofNullable(tools.get(tool));
  }
}
