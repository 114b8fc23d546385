import io.peft4j.api.backbone.Backbone;
import io.peft4j.api.routing.Task;
import io.peft4j.backbones.swin.Swin;
import io.peft4j.backbones.weights.WeightSource;
import io.peft4j.graph.Peft;
import io.peft4j.graph.PeftModel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The README's lines, with what they take for granted, and its result looked at. */
public final class Program {
  private Program() {}

  public static void main(String[] args) {
    List<Task> tasks = List.of(new Task("semseg", 21), new Task("normals", 3));
    INDArray images = Nd4j.zeros(DataType.FLOAT, 2, 3, 64, 64);
    /* README */
    tasks.forEach(
        task -> {
          List<INDArray> stages = features.get(task.name());
          if (stages.size() != 4 || stages.stream().anyMatch(f -> f.isNaN().any())) {
            throw new AssertionError(task + " has features " + stages);
          }
          System.out.println(task.name() + " " + Arrays.toString(stages.get(0).shape()));
        });
    if (model.parameters().trainable() == 0) {
      throw new AssertionError("nothing is trained");
    }
  }
}
