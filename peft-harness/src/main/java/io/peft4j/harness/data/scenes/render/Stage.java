package io.peft4j.harness.data.scenes.render;

import java.util.List;

/**
 * Everything a picture depends on.
 *
 * @param room the surroundings
 * @param things what stands in the room
 * @param lights the lamps
 * @param ambient light from everywhere
 * @param camera the viewer, inside the room
 */
public record Stage(Room room, List<Thing> things, List<Light> lights, Rgb ambient, Camera camera) {
  /** The camera and the lights stand in the room, so that every ray meets something. */
  public Stage {
    things = List.copyOf(things);
    lights = List.copyOf(lights);
    if (!room.holds(camera.position(), 1e-3)) {
      throw new IllegalArgumentException("the camera is outside the room: " + camera.position());
    }
    for (Light light : lights) {
      if (!room.holds(light.position(), 0)) {
        throw new IllegalArgumentException("a light is outside the room: " + light.position());
      }
    }
  }
}
