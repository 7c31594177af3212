using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Rel4.Contracts.Generator;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>What does the generator make of an interface, and what does it refuse?</summary>
public sealed class GeneratorTests
{
    // The oldest compiler that knows generators of this kind has static abstract members as a preview.
    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Preview);

    [Theory]
    [InlineData("public interface IC<T> { ValueTask M(); }", "REL4C001")]
    [InlineData("public interface IC { ValueTask M<T>(T value); }", "REL4C001")]
    [InlineData("public interface IC { ValueTask M(ref int value); }", "REL4C002")]
    [InlineData("public interface IC { ValueTask M(out int value); }", "REL4C002")]
    [InlineData("public interface IC { ValueTask M(in int value); }", "REL4C002")]
    [InlineData("public interface IC { void M(); }", "REL4C003")]
    [InlineData("public interface IC { int M(); }", "REL4C003")]
    [InlineData("public interface IC { Task<int> M(); }", "REL4C003")]
    [InlineData("public interface IC { ValueTask M(); ValueTask M(int a); }", "REL4C004")]
    [InlineData("public interface IC { [ContractMethod(3)] ValueTask M(); [ContractMethod(3)] ValueTask N(); }", "REL4C005")]
    [InlineData("public interface IC { ValueTask M(); [ContractMethod(\"M\")] ValueTask N(); }", "REL4C005")]
    [InlineData("public interface IC { int P { get; } }", "REL4C006")]
    [InlineData("public interface IC { event System.Action E; }", "REL4C006")]
    [InlineData("public interface IC { static ValueTask M() => default; }", "REL4C006")]
    [InlineData("public interface IBase { int P { get; } } [Contract] public interface IC : IBase { ValueTask M(); }", "REL4C006", true)]
    [InlineData("public interface IC { ValueTask M(CancellationToken cancel, int a); }", "REL4C007")]
    [InlineData("public interface IC { ValueTask M(object value); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(System.Action value); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(System.IO.Stream value); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask<System.Collections.Generic.List<Task>> M(); }", "REL4C008")]
    [InlineData("public interface IC { ref ValueTask M(); }", "REL4C003")]
    [InlineData("public interface IC { ValueTask M(System.Collections.Generic.IAsyncEnumerable<object> values); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(System.Collections.Generic.IAsyncEnumerable<int>[] values); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask<System.Collections.Generic.IAsyncEnumerable<int>> M(); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask<IC> M(); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(IC[] many); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(System.Collections.Generic.IAsyncEnumerable<IC> many); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(nint value); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(int[,] value); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(dynamic value); }", "REL4C008")]
    [InlineData("public interface IC { ValueTask M(System.ReadOnlySpan<byte> value); }", "REL4C008")]
    [InlineData("public class Outer { [Contract] public interface IC { ValueTask M(); } }", "REL4C009", true)]
    [InlineData("public interface IC { [ContractMethod(0)] ValueTask M(); }", "REL4C010")]
    [InlineData("public interface IC { [ContractMethod(\"\")] ValueTask M(); }", "REL4C010")]
    [InlineData("public interface IC { ValueTask M(IC itself); }", "REL4C011")]
    [InlineData("public interface IB { ValueTask M(System.Collections.Generic.IAsyncEnumerable<int> values); } [Contract] public interface IC { ValueTask M(IB back); }", "REL4C011")]
    [InlineData("public interface IB { System.Collections.Generic.IAsyncEnumerable<int> M(); } [Contract] public interface IC { ValueTask M(IB back); }", "REL4C011")]
    [InlineData("public interface IA { ValueTask M(); } [Contract] public interface IB { ValueTask M(IA a); } [Contract] public interface IC { ValueTask M(IB back); }", "REL4C011")]
    [InlineData("public interface IB { ValueTask M(); } [Contract] public interface IC { ValueTask M(IB? back); }", "REL4C012")]
    [InlineData("public interface IB { ValueTask M(); } [Contract] public interface IC { ValueTask M(IB back = null!); }", "REL4C012")]
    [InlineData("public interface IC { ValueTask M(System.Collections.Generic.IAsyncEnumerable<int>? values); }", "REL4C012")]
    [InlineData("public interface IC { ValueTask M(); } [Contract] public interface C { ValueTask M(); }", "REL4C013")]
    [InlineData("public interface IC { ValueTask M(); } public class CContract { }", "REL4C013")]
    // The attribute is for interfaces, which the compiler sees to.
    [InlineData("public class C { }", "CS0592")]
    public void Interface_ThatCantBeAContract_HasADiagnostic(string source, string id, bool hasAttribute = false)
    {
        (ImmutableArray<Diagnostic> diagnostics, _) = Generate((hasAttribute ? "" : "[Contract] ") + source);

        Assert.Equal([id], diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.Id).Distinct());
        Assert.True(diagnostics[0].Location.SourceSpan.Length > 0 || diagnostics[0].Location.GetLineSpan().Path.Length > 0);
    }

    [Fact]
    public void Interface_OfAllTypes_CompilesWithoutWarnings()
    {
        (ImmutableArray<Diagnostic> diagnostics, string generated) = Generate("""
            namespace A.B;
            public enum Color : byte { Red, Green }
            public sealed record Point(int X, int Y);
            public interface IBase { ValueTask BaseAsync(); }
            [Contract] internal interface IAll : IBase
            {
                ValueTask<bool> M1(bool a, byte b, sbyte c, short d, ushort e, char f, int g, uint h, long i, ulong j, float k, double l, decimal m);
                ValueTask<System.DateTime?> M2(System.Guid a, System.DateTimeOffset b, System.TimeSpan c, System.DateTime d);
                ValueTask<string?[]?> M3(string a, string? b, byte[] c, byte[]? d, System.ReadOnlyMemory<byte> e, int[][] f, Color g, Color? h);
                ValueTask<Point> M4(Point point, System.Collections.Generic.List<Point?> more, CancellationToken cancel = default);
                ValueTask M5(int @class = 4, string text = "a\"b", double d = 1.5, float f = 2, decimal m = 3, bool b = true, char c = 'x', Color color = Color.Green,
                    int? none = null, string? nothing = null, System.Guid id = default);
                [ContractMethod(1)] ValueTask M5(int a);
                System.Collections.Generic.IAsyncEnumerable<string?> M6(int a, CancellationToken cancel = default);
                System.Collections.Generic.IAsyncEnumerable<Point> M7();
                ValueTask M8(System.Collections.Generic.IAsyncEnumerable<Point> @in, int a, IBack back, System.Collections.Generic.IAsyncEnumerable<int?> more);
                ValueTask<int> M9(IBack @this, CancellationToken cancel = default);
                System.Collections.Generic.IAsyncEnumerable<int> M10(System.Collections.Generic.IAsyncEnumerable<string> values, IBack back);
            }
            [Contract] internal interface IBack : IBase { ValueTask<Point> M(int a, CancellationToken cancel = default); }
            [Contract] internal interface INeedsByItsCallback { ValueTask M(IBack back); }
            """);

        Assert.Empty(diagnostics);
        Assert.Contains("internal static class AllContract", generated, StringComparison.Ordinal);
        // Whoever serves it reads what the callback returns.
        Assert.Contains("base(Id, Service, true)", generated[generated.IndexOf("class NeedsByItsCallbackContract", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_OfMethods_StayAsTheyAreWhenReorderedOrRenamed()
    {
        string Numbers(string source) => string.Join(' ', Generate(source).Source.Split('\n').Where(line => line.Contains(" case ", StringComparison.Ordinal))
            .Select(line => line.Trim()).Order(StringComparer.Ordinal));
        string before = Numbers("[Contract] public interface IC { ValueTask M(); ValueTask N(int a); }");

        Assert.Equal(2, before.Split(" case ").Length);
        Assert.Equal(before, Numbers("[Contract] public interface IC { ValueTask N(int a); ValueTask M(); }"));
        Assert.Equal(before, Numbers("[Contract] public interface IC { ValueTask N(int a); [ContractMethod(\"M\")] ValueTask Renamed(); }"));
        Assert.NotEqual(before, Numbers("[Contract] public interface IC { ValueTask N(int a); ValueTask Renamed(); }"));
    }

    [Fact]
    public void Generator_AfterAnEditElsewhere_MakesNothingAnew()
    {
        CSharpCompilation compilation = Compile("[Contract] public interface IC { ValueTask M(); }");
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            [new ContractGenerator().AsSourceGenerator()],
            parseOptions: s_options,
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        driver = driver.RunGenerators(compilation, TestContext.Current.CancellationToken);
        driver = driver.RunGenerators(
            compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Other { }", s_options, cancellationToken: TestContext.Current.CancellationToken)), TestContext.Current.CancellationToken);

        Assert.All(
            driver.GetRunResult().Results[0].TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs),
            output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    private static (ImmutableArray<Diagnostic> Diagnostics, string Source) Generate(string source)
    {
        CSharpGeneratorDriver.Create([new ContractGenerator().AsSourceGenerator()], parseOptions: s_options)
            .RunGeneratorsAndUpdateCompilation(Compile(source), out Compilation output, out ImmutableArray<Diagnostic> diagnostics, TestContext.Current.CancellationToken);
        ImmutableArray<Diagnostic> all = [.. diagnostics, .. output.GetDiagnostics(TestContext.Current.CancellationToken).Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)];
        return (all, string.Join('\n', output.SyntaxTrees.Skip(1).Select(tree => tree.ToString())));
    }

    private static CSharpCompilation Compile(string source)
    {
        string usings = "using System.Threading; using System.Threading.Tasks; using Rel4.Contracts;\n";
        string[] trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':');
        return CSharpCompilation.Create(
            "Test",
            [CSharpSyntaxTree.ParseText(usings + source, s_options, path: "Test.cs", cancellationToken: TestContext.Current.CancellationToken)],
            trusted.Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
                .Append(typeof(EndpointCap).Assembly.Location).Append(typeof(ContractAttribute).Assembly.Location)
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }
}
