using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Rel4.Contracts.Generator;

/// <summary>Something of an interface that can't be a contract's. Equal by value, and holds no syntax.</summary>
internal readonly struct Problem : IEquatable<Problem>
{
    private readonly string _id;
    private readonly string _message;
    private readonly string _file;
    private readonly TextSpan _span;
    private readonly LinePositionSpan _lines;

    private Problem(string id, string message, Location? location)
    {
        FileLinePositionSpan place = location?.GetLineSpan() ?? default;
        (_id, _message, _file, _span, _lines) = (id, message, place.Path ?? "", location?.SourceSpan ?? default, place.Span);
    }

    public static Problem Generic(ISymbol at) => new("REL4C001", $"'{at.Name}' has type parameters. A contract's types are known to both sides: make it an interface of its own for each type, or pass bytes", At(at));

    public static Problem ByReference(IParameterSymbol at) => new("REL4C002", $"'{at.Name}' is passed by reference. Another process has no reference to it: return what is to come back", At(at));

    public static Problem ReturnType(IMethodSymbol at) => new("REL4C003", $"'{at.Name}' returns '{at.ReturnType.ToDisplayString()}'. A contract's method returns ValueTask, ValueTask<T> or IAsyncEnumerable<T>", At(at));

    public static Problem Overload(IMethodSymbol at) => new("REL4C004", $"'{at.Name}' is the name of several methods. Give all but one a number or a name of their own by [ContractMethod]", At(at));

    public static Problem SameNumber(IMethodSymbol at, string other) => new("REL4C005", $"'{at.Name}' has the same number as '{other}'. Give one of them another by [ContractMethod]", At(at));

    public static Problem NoMethod(ISymbol at) => new("REL4C006", $"'{at.Name}' is no ordinary method. A contract has methods only: no properties, events, static or private members", At(at));

    public static Problem Token(IParameterSymbol at) => new("REL4C007", $"'{at.Name}' is not the last parameter. A method has one CancellationToken at most, which comes last", At(at));

    public static Problem Type(ISymbol at, ITypeSymbol type) => new("REL4C008", $"'{type.ToDisplayString()}' of '{at.Name}' can't be sent to another process", At(at));

    public static Problem Place(ISymbol at) => new("REL4C009", $"'{at.Name}' lies in another type. A contract lies in a namespace, as the class that is generated beside it does", At(at));

    public static Problem Number(IMethodSymbol at) => new("REL4C010", $"'{at.Name}' has a number below 1, or an empty name", At(at));

    public static Problem Callback(IParameterSymbol at) => new("REL4C011", $"'{at.Type.ToDisplayString()}' can't be the callback '{at.Name}'. The methods of a callback return ValueTask or ValueTask<T>, and take neither streams nor callbacks", At(at));

    public static Problem Optional(IParameterSymbol at) => new("REL4C012", $"'{at.Name}' is optional or may be null. A stream or a callback is there with each call: make a method of its own without it", At(at));

    public static Problem Name(ISymbol at, string name) => new("REL4C013", $"'{name}' is made for '{at.Name}', and is the name of another type or another contract's class, too. Rename one of them", At(at));

    public Diagnostic ToDiagnostic() => Diagnostic.Create(
        new DiagnosticDescriptor(_id, "This can't be part of a contract", "{0}", "Rel4.Contracts", DiagnosticSeverity.Error, isEnabledByDefault: true),
        _file.Length == 0 ? Location.None : Location.Create(_file, _span, _lines),
        _message);

    public bool Equals(Problem other) =>
        _id == other._id && _message == other._message && _file == other._file && _span == other._span && _lines == other._lines;

    public override bool Equals(object? obj) => obj is Problem other && Equals(other);

    public override int GetHashCode() => _message.GetHashCode();

    private static Location? At(ISymbol symbol) => symbol.Locations.FirstOrDefault();
}
