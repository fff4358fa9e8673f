package dev.slipway.cli.imagefile;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Collects, while an image or store object is read, what it is made from. */
final class Definition {
  private final List<Use> uses = new ArrayList<>();
  private final Set<Tool> tools = EnumSet.noneOf(Tool.class);

  /** A reference with the place it stands at. */
  record Use(Position at, Reference reference) {}

  Template use(Template template) {
    template.references().forEach(reference -> uses.add(new Use(template.at(), reference)));
    return template;
  }

  JsonTemplate use(JsonTemplate template) {
    template.references().forEach(reference -> uses.add(new Use(template.at(), reference)));
    return template;
  }

  void use(Tool tool) {
    tools.add(tool);
  }

  List<Use> uses() {
    return uses;
  }

  Set<Tool> tools() {
    return tools;
  }
}
