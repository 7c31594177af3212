using System.Text;
using Microsoft.CodeAnalysis;

namespace Rel4.Contracts.Generator;

/// <summary>The types of one contract, and the code that writes and reads each.</summary>
internal sealed class Codecs
{
    private static readonly Dictionary<string, string> s_structs = new()
    {
        ["System.Guid"] = "Guid",
        ["System.TimeSpan"] = "TimeSpan",
        ["System.DateTimeOffset"] = "DateTimeOffset",
    };

    private readonly Dictionary<string, string> _names = [];
    private readonly StringBuilder _text = new();

    /// <summary>Gets whether a type needs a serializer.</summary>
    public bool NeedsSerializer { get; private set; }

    /// <summary>Gets the code of all.</summary>
    public string Text => _text.ToString();

    /// <summary>Writes a type as code does anywhere.</summary>
    public static string NameOf(ITypeSymbol type) => type.ToDisplayString(
        SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier));

    /// <summary>Tells whether values of a type mean anything in another process.</summary>
    public static bool CanBeSent(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol { Rank: 1 } array => CanBeSent(array.ElementType),
        INamedTypeSymbol { IsRefLikeType: false, TypeKind: TypeKind.Class or TypeKind.Struct or TypeKind.Enum or TypeKind.Interface } named =>
            named.SpecialType is not (SpecialType.System_Object or SpecialType.System_IntPtr or SpecialType.System_UIntPtr)
            && named.TypeArguments.All(CanBeSent)
            && !ContractMethod.IsContract(named)
            && !IsOfTasks(named),
        _ => false,
    };

    /// <summary>Tells whether the types of a contract need a serializer.</summary>
    public static bool NeedSerializer(INamedTypeSymbol contract)
    {
        var codecs = new Codecs();
        foreach (ContractMethod method in ContractText.MethodsOf(contract))
        {
            foreach (ITypeSymbol type in method.Arguments.Select(argument => argument.Type).Concat(method.Result is { } result ? [result] : []))
                codecs.Of(type);
        }

        return codecs.NeedsSerializer;
    }

    /// <summary>Gets the name of the codec of a type, making it if need be.</summary>
    public string Of(ITypeSymbol type)
    {
        string name = NameOf(type);
        if (_names.TryGetValue(name, out string? codec))
            return codec;
        (string write, string read) = Code(type, name);
        codec = $"Codec{_names.Count}";
        _names.Add(name, codec);
        _text.Append($$"""

                private readonly struct {{codec}} : global::Rel4.Contracts.Wire.IContractCodec<{{name}}>
                {
                    public static void Write(global::Rel4.Contracts.Wire.ContractWriter writer, {{name}} value) => writer.{{write}};

                    public static {{name}} Read(ref global::Rel4.Contracts.Wire.ContractReader reader) => {{read}};
                }

            """);
        return codec;
    }

    private static bool IsOfTasks(INamedTypeSymbol type) =>
        type.ContainingNamespace.ToDisplayString() is "System.Threading" or "System.Threading.Tasks" or "System.IO" or "System.Linq.Expressions"
        || type.ToDisplayString().StartsWith("System.Collections.Generic.IAsyncEnumera", StringComparison.Ordinal);

    private (string Write, string Read) Code(ITypeSymbol type, string name)
    {
        bool isOptional = type.NullableAnnotation == NullableAnnotation.Annotated || (type.NullableAnnotation == NullableAnnotation.None && type.IsReferenceType);
        string optional = isOptional ? "Optional" : "";
        switch (type)
        {
            case { TypeKind: TypeKind.Enum }:
                INamedTypeSymbol underlying = ((INamedTypeSymbol)type).EnumUnderlyingType!;
                return ($"Write(({NameOf(underlying)})value)", $"({name})reader.Read{underlying.Name}()");
            case { SpecialType: >= SpecialType.System_Boolean and <= SpecialType.System_Double } or { SpecialType: SpecialType.System_DateTime }:
                return ("Write(value)", $"reader.Read{type.Name}()");
            case { SpecialType: SpecialType.System_String }:
                return ($"Write{optional}(value)", $"reader.Read{optional}String()");
            case IArrayTypeSymbol { Rank: 1, ElementType.SpecialType: SpecialType.System_Byte }:
                return ($"Write{optional}(value)", $"reader.Read{optional}Bytes()");
            case IArrayTypeSymbol { Rank: 1 } array:
                string item = $"<{NameOf(array.ElementType)}, {Of(array.ElementType)}>";
                return ($"Write{optional}Array{item}(value)", $"reader.Read{optional}Array{item}()");
            case INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable:
                string inner = $"<{NameOf(nullable.TypeArguments[0])}, {Of(nullable.TypeArguments[0])}>";
                return ($"WriteNullable{inner}(value)", $"reader.ReadNullable{inner}()");
            case INamedTypeSymbol when type.ToDisplayString() == "System.ReadOnlyMemory<byte>":
                return ("Write(value)", "reader.ReadBytes()");
            case INamedTypeSymbol when s_structs.TryGetValue(type.ToDisplayString(), out string? known):
                return ("Write(value)", $"reader.Read{known}()");
            default:
                NeedsSerializer = true;
                return ($"WriteObject<{name}>(value)", $"reader.ReadObject<{name}>()");
        }
    }
}
