using Microsoft.CodeAnalysis;

namespace Rel4.Contracts.Generator;

/// <summary>One method of a contract, and its number.</summary>
internal sealed class ContractMethod
{
    private const string Attribute = "Rel4.Contracts.ContractMethodAttribute", ContractAttribute = "Rel4.Contracts.ContractAttribute";

    public ContractMethod(IMethodSymbol symbol)
    {
        Symbol = symbol;
        Token = symbol.Parameters.LastOrDefault(IsToken);
        Arguments = [.. symbol.Parameters.Where(parameter => !IsToken(parameter) && !IsPart(parameter))];
        Parts = [.. symbol.Parameters.Where(IsPart)];
        object? given = symbol.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass?.ToDisplayString() == Attribute)
            ?.ConstructorArguments.FirstOrDefault().Value;
        IsNamed = given is not null;
        IsNumberGood = given is not (int and < 1) and not "";
        // Those of names have the highest bit, so that none is a number that somebody gives.
        Number = given is int number ? (uint)number : Hash(given as string ?? symbol.Name) | 0x8000_0000;
    }

    public IMethodSymbol Symbol { get; }

    public uint Number { get; }

    /// <summary>Gets whether an attribute says how both sides know it.</summary>
    public bool IsNamed { get; }

    public bool IsNumberGood { get; }

    public IParameterSymbol? Token { get; }

    public IReadOnlyList<IParameterSymbol> Arguments { get; }

    /// <summary>Gets the streams and callbacks that go with a call.</summary>
    public IReadOnlyList<IParameterSymbol> Parts { get; }

    /// <summary>Gets whether there is more to a call than its message and the answer.</summary>
    public bool IsLong => ReturnsStream || Parts.Count != 0;

    /// <summary>Gets the type of the result, or of the items of the stream that is returned; null if there is none.</summary>
    public ITypeSymbol? Result => Symbol.ReturnType is INamedTypeSymbol { TypeArguments.Length: 1 } type ? type.TypeArguments[0] : null;

    public bool IsUnary => Symbol.ReturnType.OriginalDefinition.ToDisplayString() is "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask<TResult>";

    public bool ReturnsStream => IsStream(Symbol.ReturnType);

    public static bool IsStream(ITypeSymbol type) => type.OriginalDefinition.ToDisplayString() == "System.Collections.Generic.IAsyncEnumerable<T>";

    /// <summary>Tells whether a type is a contract: as a parameter, a callback.</summary>
    public static bool IsContract(ITypeSymbol type) =>
        type.TypeKind == TypeKind.Interface && type.GetAttributes().Any(attribute => attribute.AttributeClass?.ToDisplayString() == ContractAttribute);

    /// <summary>Tells whether a parameter is a stream that the client sends or a callback that it answers, and no argument.</summary>
    public static bool IsPart(IParameterSymbol parameter) => IsStream(parameter.Type) || IsContract(parameter.Type);

    public static bool IsToken(IParameterSymbol parameter) => parameter.Type.ToDisplayString() == "System.Threading.CancellationToken";

    /// <summary>Is FNV-1a, 32 bits, of the name's UTF-16 units.</summary>
    public static uint Hash(string name)
    {
        uint hash = 2166136261;
        foreach (char unit in name)
            hash = (hash ^ unit) * 16777619;
        return hash;
    }
}
