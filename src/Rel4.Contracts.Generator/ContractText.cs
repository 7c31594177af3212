using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Rel4.Contracts.Generator;

/// <summary>Writes the class of one contract.</summary>
internal static class ContractText
{
    public static GeneratedContract Of(INamedTypeSymbol type)
    {
        string fileName = type.ToDisplayString().Replace('<', '_').Replace('>', '_').Replace(',', '_').Replace(' ', '_') + ".g.cs";
        ContractMethod[] methods = MethodsOf(type);
        ImmutableArray<Problem> problems = Problems(type, methods).ToImmutableArray();
        return new GeneratedContract(fileName, problems.IsEmpty ? Write(type, methods) : null, problems);
    }

    public static ContractMethod[] MethodsOf(INamedTypeSymbol type) =>
    [
        .. MembersOf(type).OfType<IMethodSymbol>().Where(method => method.MethodKind == MethodKind.Ordinary && !method.IsStatic && method.IsAbstract)
            .Select(method => new ContractMethod(method)),
    ];

    private static IEnumerable<ISymbol> MembersOf(INamedTypeSymbol type) =>
        type.GetMembers().Concat(type.AllInterfaces.SelectMany(inherited => inherited.GetMembers()));

    /// <summary>Gets the name of the class that is made for a contract.</summary>
    private static string ClassNameOf(ITypeSymbol type) =>
        (type.Name.Length > 1 && type.Name[0] == 'I' && char.IsUpper(type.Name[1]) ? type.Name.Substring(1) : type.Name) + "Contract";

    /// <summary>Tells whether a contract can be that of a callback: it is one, and has calls only.</summary>
    private static bool FitsCallback(INamedTypeSymbol type)
    {
        ContractMethod[] methods = MethodsOf(type);
        return methods.All(method => !method.IsLong) && !Problems(type, methods).Any();
    }

    private static IEnumerable<Problem> Problems(INamedTypeSymbol type, ContractMethod[] methods)
    {
        if (type.IsGenericType)
            yield return Problem.Generic(type);
        if (type.ContainingType is not null)
            yield return Problem.Place(type);
        string className = ClassNameOf(type);
        if (type.ContainingNamespace.GetTypeMembers().Any(other => other.Name == className
            || (!SymbolEqualityComparer.Default.Equals(other, type) && ContractMethod.IsContract(other) && ClassNameOf(other) == className)))
            yield return Problem.Name(type, className);
        foreach (ISymbol member in MembersOf(type))
        {
            bool isAccessor = member is IMethodSymbol { AssociatedSymbol: not null };
            if (!isAccessor && member is not ITypeSymbol && !methods.Any(method => SymbolEqualityComparer.Default.Equals(method.Symbol, member)))
                yield return Problem.NoMethod(member);
        }

        var numbers = new Dictionary<uint, string>();
        foreach (ContractMethod method in methods)
        {
            foreach (Problem problem in Problems(method))
                yield return problem;
            bool isOverloaded = !method.IsNamed && methods.Any(other => other != method && !other.IsNamed && other.Symbol.Name == method.Symbol.Name);
            if (isOverloaded)
                yield return Problem.Overload(method.Symbol);
            else if (numbers.TryGetValue(method.Number, out string? other))
                yield return Problem.SameNumber(method.Symbol, other);
            else
                numbers.Add(method.Number, method.Symbol.Name);
        }
    }

    private static IEnumerable<Problem> Problems(ContractMethod method)
    {
        IMethodSymbol symbol = method.Symbol;
        if (!method.IsNumberGood)
            yield return Problem.Number(symbol);
        if (symbol.IsGenericMethod)
        {
            yield return Problem.Generic(symbol);
            yield break;
        }

        if ((!method.IsUnary && !method.ReturnsStream) || symbol.ReturnsByRef || symbol.ReturnsByRefReadonly)
            yield return Problem.ReturnType(symbol);
        else if (method.Result is { } result && !Codecs.CanBeSent(result))
            yield return Problem.Type(symbol, result);
        foreach (IParameterSymbol parameter in symbol.Parameters)
        {
            if (parameter.RefKind != RefKind.None)
                yield return Problem.ByReference(parameter);
            else if (ContractMethod.IsToken(parameter) && parameter.Ordinal != symbol.Parameters.Length - 1)
                yield return Problem.Token(parameter);
            else if (ContractMethod.IsPart(parameter))
            {
                foreach (Problem problem in PartProblems(parameter))
                    yield return problem;
            }
            else if (!ContractMethod.IsToken(parameter) && !Codecs.CanBeSent(parameter.Type))
                yield return Problem.Type(parameter, parameter.Type);
        }
    }

    private static IEnumerable<Problem> PartProblems(IParameterSymbol parameter)
    {
        var type = (INamedTypeSymbol)parameter.Type;
        if (parameter.IsOptional || type.NullableAnnotation == NullableAnnotation.Annotated)
            yield return Problem.Optional(parameter);
        if (ContractMethod.IsContract(type) && !FitsCallback(type))
            yield return Problem.Callback(parameter);
        if (ContractMethod.IsStream(type) && !Codecs.CanBeSent(type.TypeArguments[0]))
            yield return Problem.Type(parameter, type);
    }

    private static string Write(INamedTypeSymbol type, ContractMethod[] methods)
    {
        var codecs = new Codecs();
        string contract = Codecs.NameOf(type);
        string name = ClassNameOf(type);
        string client = string.Concat(methods.Select(method => ClientMethod(method, codecs)));
        string server = string.Concat(methods.Select(method => ServerCase(method, codecs)));
        string wireName = type.GetAttributes().First(attribute => attribute.AttributeClass?.Name == "ContractAttribute")
            .NamedArguments.FirstOrDefault(argument => argument.Key == "Name").Value.Value as string ?? type.ToDisplayString();
        string id = "0x" + ContractMethod.Hash(wireName).ToString("X8", CultureInfo.InvariantCulture);
        bool callbacksNeed = methods.SelectMany(method => method.Parts).Any(part => ContractMethod.IsContract(part.Type) && Codecs.NeedSerializer((INamedTypeSymbol)part.Type));
        string needs = codecs.NeedsSerializer || callbacksNeed ? "true" : "false";
        string names = string.Concat(methods.Select(method => $"                {method.Number}u => \"{method.Symbol.Name}\",\n"));
        string asCallback = methods.All(method => !method.IsLong) ? AsCallback(contract) : "";
        string access = type.DeclaredAccessibility == Accessibility.Public ? "public" : "internal";
        var text = new StringBuilder("// <auto-generated/>\n#nullable enable\n\n");
        if (!type.ContainingNamespace.IsGlobalNamespace)
            text.Append($"namespace {type.ContainingNamespace.ToDisplayString()};\n\n");
        text.Append($$"""
            /// <summary>Connects to and serves <see cref="{{contract}}"/>.</summary>
            {{access}} static class {{name}}
            {
                private const uint Id = {{id}};
                private const string Service = {{SymbolDisplay.FormatLiteral(wireName, quote: true)}};

                /// <summary>Makes a client of whoever serves the contract at an endpoint.</summary>
                /// <param name="endpoint">An endpoint with the Write and Grant rights.</param>
                /// <param name="options">How to call; for all calls of this client.</param>
                public static {{contract}} Connect(
                    global::Rel4.Runtime.EndpointCap endpoint, global::Rel4.Contracts.ContractClientOptions? options = null) => new Client(endpoint, options);

                /// <summary>Serves the contract at an endpoint, until it is cancelled.</summary>
                /// <param name="endpoint">An endpoint with the Read and Grant rights.</param>
                /// <param name="implementation">What its calls call, on the executor's thread.</param>
                /// <param name="options">How to serve.</param>
                /// <param name="cancellationToken">Ends it, and cancels the calls that are under way.</param>
                /// <exception cref="global::System.OperationCanceledException">It was cancelled.</exception>
                public static global::System.Threading.Tasks.ValueTask ServeAsync(
                    global::Rel4.Runtime.EndpointCap endpoint,
                    {{contract}} implementation,
                    global::Rel4.Contracts.ContractServerOptions? options = null,
                    global::System.Threading.CancellationToken cancellationToken = default)
                {
                    global::System.ArgumentNullException.ThrowIfNull(implementation);
                    return new global::Rel4.Contracts.ContractServer(new Dispatcher(implementation, null), options).RunAsync(endpoint, cancellationToken);
                }

                /// <summary>Serves the contract at an endpoint, until it is cancelled, by what a function gives for each caller.</summary>
                /// <param name="endpoint">An endpoint with the Read and Grant rights.</param>
                /// <param name="implementationOf">Gives what a call calls, of the badge of the capability that it came through. For each call anew, on the executor's thread; what it throws ends the call as what a method throws.</param>
                /// <param name="options">How to serve.</param>
                /// <param name="cancellationToken">Ends it, and cancels the calls that are under way.</param>
                /// <exception cref="global::System.OperationCanceledException">It was cancelled.</exception>
                public static global::System.Threading.Tasks.ValueTask ServeAsync(
                    global::Rel4.Runtime.EndpointCap endpoint,
                    global::System.Func<ulong, {{contract}}> implementationOf,
                    global::Rel4.Contracts.ContractServerOptions? options = null,
                    global::System.Threading.CancellationToken cancellationToken = default)
                {
                    global::System.ArgumentNullException.ThrowIfNull(implementationOf);
                    return new global::Rel4.Contracts.ContractServer(new Dispatcher(null, implementationOf), options).RunAsync(endpoint, cancellationToken);
                }
            {{asCallback}}
                private sealed class Client : {{contract}}
                {
                    private readonly global::Rel4.Contracts.ContractClient _client;

                    public Client(global::Rel4.Runtime.EndpointCap endpoint, global::Rel4.Contracts.ContractClientOptions? options) =>
                        _client = new global::Rel4.Contracts.ContractClient(endpoint, Id, Service, {{needs}}, options);

                    public Client(global::Rel4.Contracts.ContractClient client) => _client = client;
            {{client}}    }

                private sealed class Dispatcher : global::Rel4.Contracts.ContractDispatcher
                {
                    private readonly {{contract}}? _implementation;
                    private readonly global::System.Func<ulong, {{contract}}>? _implementationOf;

                    public Dispatcher({{contract}}? implementation, global::System.Func<ulong, {{contract}}>? implementationOf)
                        : base(Id, Service, {{needs}}) =>
                        (_implementation, _implementationOf) = (implementation, implementationOf);

                    public override string? NameOf(uint method) => method switch
                    {
            {{names}}                _ => null,
                    };

                    public override void Dispatch(ref global::Rel4.Contracts.ContractCall call)
                    {
                        switch (call.Method)
                        {
            {{server}}                default:
                                call.RefuseMethod();
                                break;
                        }
                    }

                    private {{contract}} ImplementationOf(in global::Rel4.Contracts.ContractCall call) => _implementation ?? _implementationOf!(call.Badge);
                }
            {{codecs.Text}}}

            """);
        return text.ToString();
    }

    /// <summary>Writes what the classes of other contracts use, whose methods take this one as a callback.</summary>
    private static string AsCallback(string contract) => $$"""

                /// <summary>Has calls of a callback answered. For generated code.</summary>
                [global::System.ComponentModel.EditorBrowsable(global::System.ComponentModel.EditorBrowsableState.Never)]
                public static global::Rel4.Contracts.ContractDispatcher AsCallback({{contract}} implementation)
                {
                    global::System.ArgumentNullException.ThrowIfNull(implementation);
                    return new Dispatcher(implementation, null);
                }

                /// <summary>Makes what calls a callback. For generated code.</summary>
                [global::System.ComponentModel.EditorBrowsable(global::System.ComponentModel.EditorBrowsableState.Never)]
                public static {{contract}} OfCallback(global::Rel4.Contracts.ContractCallback callback) => new Client(callback.Connect(Id, Service));

        """;

    private static string ClientMethod(ContractMethod method, Codecs codecs)
    {
        IMethodSymbol symbol = method.Symbol;
        string parameters = string.Join(", ", symbol.Parameters.Select(parameter => $"{Codecs.NameOf(parameter.Type)} {Escape(parameter)}"));
        string cancel = method.Token is { } token ? Escape(token) : "default";
        string writes = string.Concat(method.Arguments.Select(argument =>
            $"            {codecs.Of(argument.Type)}.Write(__message, {Escape(argument)});\n"));
        string types = method.Result is { } result ? $"<{Codecs.NameOf(result)}, {codecs.Of(result)}>" : "";
        if (method.IsLong)
        {
            string adds = string.Concat(method.Parts.Select(part =>
                $"            __parts.{(ContractMethod.IsStream(part.Type) ? $"AddStream{ItemTypes(part, codecs)}({Escape(part)})" : $"AddCallback({ClassOf(part.Type)}.AsCallback({Escape(part)}))")};\n"));
            string parts = method.Parts.Count == 0 ? "null" : "__parts";
            string begins = method.Parts.Count == 0 ? "" : $"            var __parts = global::Rel4.Contracts.ContractClient.BeginParts();\n{adds}";
            return $$"""

                        {{Codecs.NameOf(symbol.ReturnType)}} {{Codecs.NameOf(symbol.ContainingType)}}.{{symbol.Name}}({{parameters}})
                        {
                {{begins}}            global::Rel4.Contracts.Wire.ContractWriter __message = _client.BeginArguments();
                {{writes}}            return _client.{{(method.ReturnsStream ? "Stream" : "Call")}}Async{{types}}(__message, {{method.Number}}u, "{{symbol.Name}}", {{parts}}, {{cancel}});
                        }

                """;
        }

        return $$"""

                    {{Codecs.NameOf(symbol.ReturnType)}} {{Codecs.NameOf(symbol.ContainingType)}}.{{symbol.Name}}({{parameters}})
                    {
                        global::Rel4.Contracts.Wire.ContractWriter __message = _client.Begin({{method.Number}}u, "{{symbol.Name}}", {{cancel}}, out ulong __number);
            {{writes}}            return _client.CallAsync{{types}}(__message, {{method.Number}}u, __number, {{cancel}});
                    }

            """;
    }

    private static string ServerCase(ContractMethod method, Codecs codecs)
    {
        IMethodSymbol symbol = method.Symbol;
        string reads = string.Concat(method.Arguments.Select((argument, index) =>
            $"                    {Codecs.NameOf(argument.Type)} __a{index} = {Read(argument, codecs)};\n"));
        string arguments = string.Join(", ", symbol.Parameters.Select(parameter =>
            ContractMethod.IsToken(parameter) ? "call.CancellationToken"
            : method.Arguments.ToList().IndexOf(parameter) is >= 0 and int argument ? $"__a{argument}"
            : Part(parameter, method.Parts.ToList().IndexOf(parameter), codecs)));
        string types = method.Result is { } result ? $"<{Codecs.NameOf(result)}, {codecs.Of(result)}>" : "";
        string begin = method.IsLong ? "Long" : "", stream = method.ReturnsStream ? "Stream" : "";
        return $$"""
                            case {{method.Number}}u:
                            {
            {{reads}}                    if (call.TryBegin{{begin}}())
                                    call.Complete{{stream}}{{types}}((({{Codecs.NameOf(symbol.ContainingType)}})ImplementationOf(in call)).{{symbol.Name}}({{arguments}}));
                                break;
                            }

            """;
    }

    /// <summary>Reads an argument; its default value if it has one, and a client that is older did not send it.</summary>
    private static string Read(IParameterSymbol argument, Codecs codecs)
    {
        string read = $"{codecs.Of(argument.Type)}.Read(ref call.Arguments)";
        if (!argument.HasExplicitDefaultValue)
            return read;
        string value = argument.ExplicitDefaultValue is { } given
            ? $"({Codecs.NameOf(argument.Type)}){SymbolDisplay.FormatPrimitive(given, quoteStrings: true, useHexadecimalNumbers: false)}{Suffix(given)}"
            : $"default({Codecs.NameOf(argument.Type)})!";
        return $"call.Arguments.IsAtEnd && !call.Arguments.HasFailed ? {value} : {read}";
    }

    /// <summary>Gets what a method is given for a stream or a callback.</summary>
    private static string Part(IParameterSymbol part, int index, Codecs codecs) => ContractMethod.IsStream(part.Type)
        ? $"call.Stream{ItemTypes(part, codecs)}({index})"
        : $"{ClassOf(part.Type)}.OfCallback(call.Callback({index}))";

    private static string ItemTypes(IParameterSymbol stream, Codecs codecs)
    {
        ITypeSymbol item = ((INamedTypeSymbol)stream.Type).TypeArguments[0];
        return $"<{Codecs.NameOf(item)}, {codecs.Of(item)}>";
    }

    /// <summary>Gets the full name of the class that is made for a contract.</summary>
    private static string ClassOf(ITypeSymbol type) =>
        $"global::{(type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString() + ".")}{ClassNameOf(type)}";

    private static string Suffix(object value) => value switch
    {
        float => "f",
        double => "d",
        decimal => "m",
        _ => "",
    };

    private static string Escape(IParameterSymbol parameter) =>
        SyntaxFacts.GetKeywordKind(parameter.Name) != SyntaxKind.None ? "@" + parameter.Name : parameter.Name;
}
