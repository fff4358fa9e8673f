package dev.slipway.cli.imagefile;

import dev.slipway.oci.message.Nearest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * An image file whose every name is known and whose references form no circle.
 *
 * @param label the file as its user named it
 * @param folder the absolute folder that relative paths start from
 * @param store the store that it asks for
 * @param tools the packages that it names
 * @param paths its store objects by name, in its order
 * @param images its images by name, in its order
 * @param dependencies what each of them refers to
 */
public record ImageFile(
    String label,
    Path folder,
    Optional<StoreText> store,
    Map<Tool, PathArgument> tools,
    SequencedMap<String, StoreObjectSpec> paths,
    SequencedMap<String, ImageSpec> images,
    Map<Reference, Set<Reference>> dependencies) {

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

  /** Takes copies. */
  public ImageFile {
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

  /** These images and all that they are made from, each after what it is made from. */
  public List<Reference> buildOrder(Collection<String> names) {
    Set<Reference> roots = new LinkedHashSet<>();
    names.forEach(name -> roots.add(Reference.image(name)));
    try {
      return new DependencyOrder(dependencies).of(roots);
    } catch (DependencyOrder.CycleException e) {
      throw new IllegalStateException("no image file with a circle exists", e);
    }
  }

  /** The package that the file names for {@code tool}, if any. */
  public Optional<PathArgument> tool(Tool tool) {
    return Optional.ofNullable(tools.get(tool));
  }
}
