using System.Text.Json;
using System.Text.Json.Serialization;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Observation;

/// <summary>Writes snapshots, requests and answers, and reads them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters =
[
    typeof(CamelCaseConverter<KernelPlacement>),
    typeof(CamelCaseConverter<TaskState>),
    typeof(CamelCaseConverter<ThreadActivity>),
    typeof(CamelCaseConverter<ObjectKind>),
    typeof(CamelCaseConverter<QueueState>),
    typeof(CamelCaseConverter<ControlCommand>),
])]
[JsonSerializable(typeof(SystemSnapshot))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
internal sealed partial class SnapshotContext : JsonSerializerContext;

/// <summary>Writes the names of an enumeration as JSON has them, and reads these only: a number could be one that means nothing.</summary>
internal sealed class CamelCaseConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
