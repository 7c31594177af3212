using Microsoft.CodeAnalysis;

namespace Rel4.Contracts.Generator;

/// <summary>One method of a contract, and its number.</summary>
internal sealed class ContractMethod
{
    private const string Attribute = "Rel4.Contracts.ContractMethodAttribute";

    public ContractMethod(IMethodSymbol symbol)
    {
        Symbol = symbol;
        Token = symbol.Parameters.LastOrDefault(IsToken);
        Arguments = [.. symbol.Parameters.Where(parameter => !IsToken(parameter))];
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

    /// <summary>Gets the type of the result, or of the items of the stream that is returned; null if there is none.</summary>
    public ITypeSymbol? Result => Symbol.ReturnType is INamedTypeSymbol { TypeArguments.Length: 1 } type ? type.TypeArguments[0] : null;

    public bool IsUnary => Symbol.ReturnType.OriginalDefinition.ToDisplayString() is "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask<TResult>";

    public bool ReturnsStream => IsStream(Symbol.ReturnType);

    public static bool IsStream(ITypeSymbol type) => type.OriginalDefinition.ToDisplayString() == "System.Collections.Generic.IAsyncEnumerable<T>";

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
