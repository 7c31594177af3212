using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rel4.Hosted.Composition.Json;

/// <summary>Reads system files, strictly but for what people write by hand: comments and commas behind the last item.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(SystemDocument))]
internal sealed partial class SystemDocumentContext : JsonSerializerContext;
