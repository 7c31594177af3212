using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Rel4.Hosted.Composition.Json;

/// <summary>The JSON schema of system files, made from the model: what editors complete by, and what <see cref="SystemDocumentCheck"/> checks by.</summary>
internal static class SystemSchema
{
    /// <summary>Gets the schema of the whole file. Not to be changed.</summary>
    public static JsonObject Root { get; } = SystemDocumentContext.Default.SystemDocument.GetJsonSchemaAsNode(
        new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Describe }).AsObject();

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject node)
            return schema;
        // Where the model has null, the file leaves the value out.
        if (node["type"] is JsonArray types)
            node["type"] = types.First(type => (string?)type != "null")!.DeepClone();
        ICustomAttributeProvider? member = context.PropertyInfo is { } property ? property.AttributeProvider : context.TypeInfo.Type;
        object[] attributes = member?.GetCustomAttributes(inherit: false) ?? [];
        if ((string?)node["type"] is "integer" or "number")
            Bound(node, attributes, context.TypeInfo.Type);
        // The bounds of a dictionary are those of its values.
        if (node["additionalProperties"] is JsonObject value && attributes.OfType<RangeAttribute>().Any())
            Bound(value, attributes, typeof(int));
        if (attributes.OfType<DescriptionAttribute>().FirstOrDefault() is { } description)
            node.Insert(0, "description", description.Description);
        return node;
    }

    /// <summary>Says which numbers are allowed. No number of a system is below 0.</summary>
    private static void Bound(JsonObject node, object[] attributes, Type type)
    {
        RangeAttribute? range = attributes.OfType<RangeAttribute>().FirstOrDefault();
        node["minimum"] = range is null ? 0 : Convert.ToInt64(range.Minimum, null);
        Type number = Nullable.GetUnderlyingType(type) ?? type;
        if (range is not null)
            node["maximum"] = Convert.ToInt64(range.Maximum, null);
        else if (number != typeof(double))
            node["maximum"] = number == typeof(int) ? int.MaxValue : ulong.MaxValue;
        // 0 stands for none, besides the range.
        if (!attributes.OfType<AllowedValuesAttribute>().Any())
            return;
        node["not"] = new JsonObject { ["minimum"] = 1, ["maximum"] = (long)node["minimum"]! - 1 };
        node["minimum"] = 0;
    }
}
