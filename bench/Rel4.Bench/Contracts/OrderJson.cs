using System.Text.Json.Serialization;

namespace Rel4.Bench.Contracts;

/// <summary>Has the code for JSON of what is measured.</summary>
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Nest))]
internal sealed partial class OrderJson : JsonSerializerContext;
