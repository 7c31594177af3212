using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;

namespace Rel4.Kernel.Mutator;

/// <summary>Compiles the kernel core with probes and mutants in it. All mutants are in one assembly; a static says which is alive.</summary>
/// <remarks>
/// A mutant that does not compile is left out, and the build is tried again. The lists of sites and mutants are resources of the assembly
/// (<c>sites.tsv</c>, <c>mutants.tsv</c>), a line each.
/// </remarks>
internal sealed class InstrumentedBuild(string folder, bool hasMutants)
{
    private const int MostTries = 8;

    private static readonly string Version = $"""
        [assembly: System.Reflection.AssemblyVersion("{typeof(InstrumentedBuild).Assembly.GetName().Version}")]
        """;

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    /// <summary>Writes the assembly; false, with the reasons on standard error, if it can't be compiled.</summary>
    public bool WriteTo(string output)
    {
        CSharpCompilation original = Compile(
        [
            CSharpSyntaxTree.ParseText(ImplicitUsings + Environment.NewLine + Version, Language),
            .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), Language, file)),
        ]);
        HashSet<int> refused = [];
        for (int i = 0; i < MostTries; i++)
        {
            var catalogue = new Catalogue(hasMutants, refused);
            CSharpCompilation build = Compile([.. original.SyntaxTrees.Select(tree => Instrumented(original, tree, catalogue))]);
            build = build.AddSyntaxTrees(CSharpSyntaxTree.ParseText(
                ProbeSource.For(catalogue.Sites.Count, catalogue.Mutants.Count), Language));
            using var image = new MemoryStream();
            EmitResult result = build.Emit(image, manifestResources: Resources(catalogue, refused));
            if (result.Success)
            {
                File.WriteAllBytes(output, image.ToArray());
                return true;
            }

            Diagnostic[] errors = [.. result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
            Diagnostic[] unknown = [.. errors.Where(error => !Blame(error, refused))];
            if (unknown.Length > 0)
            {
                Console.Error.WriteLine(string.Join(Environment.NewLine, unknown.Select(error => error.ToString())));
                return false;
            }
        }

        return false;
    }

    private static CSharpCompilation Compile(SyntaxTree[] trees) => CSharpCompilation.Create(
        "Rel4.Kernel",
        trees,
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            optimizationLevel: OptimizationLevel.Release,
            allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Enable,
            deterministic: true));

    private SyntaxTree Instrumented(CSharpCompilation original, SyntaxTree tree, Catalogue catalogue)
    {
        if (tree.FilePath.Length == 0)
            return tree;
        string name = Path.GetRelativePath(folder, tree.FilePath).Replace('\\', '/');
        SyntaxNode root = new Instrumenter(original.GetSemanticModel(tree), name, catalogue).Visit(tree.GetRoot())!;
        return CSharpSyntaxTree.Create((CSharpSyntaxNode)root, Language, tree.FilePath, Encoding.UTF8);
    }

    /// <summary>Finds the mutants that cause an error, to be left out: the innermost around it, or the last jump before it.</summary>
    private static bool Blame(Diagnostic error, HashSet<int> refused)
    {
        const string UseOfUnassignedVariable = "CS0165";
        SyntaxNode at = error.Location.SourceTree!.GetRoot().FindNode(error.Location.SourceSpan, getInnermostNodeForTie: true);
        (string kind, IEnumerable<SyntaxNode> suspects) = error.Id == UseOfUnassignedVariable
            ? (Instrumenter.JumpMark, at.Ancestors().OfType<MethodDeclarationSyntax>().First().DescendantNodes()
                .Where(node => node.Span.End < at.SpanStart).Reverse())
            : (Instrumenter.Mark, at.AncestorsAndSelf());
        SyntaxAnnotation[] marks = suspects.Select(node => node.GetAnnotations(kind).ToArray()).FirstOrDefault(found => found.Length > 0) ?? [];
        foreach (SyntaxAnnotation mark in marks)
            refused.Add(int.Parse(mark.Data!, CultureInfo.InvariantCulture));
        return marks.Length > 0;
    }

    private static ResourceDescription[] Resources(Catalogue catalogue, HashSet<int> refused) =>
    [
        Resource("sites.tsv", catalogue.Sites.Select(site => $"{(site.IsCondition ? "condition" : "place")}\t{site.Line}\t{site.Key}")),
        Resource("mutants.tsv", catalogue.Mutants.Select((mutant, i) => $"{(refused.Contains(i) ? "refused" : "")}\t{mutant.Line}\t{mutant.Key}")),
    ];

    private static ResourceDescription Resource(string name, IEnumerable<string> lines)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        return new ResourceDescription(name, () => new MemoryStream(text), isPublic: true);
    }
}
