using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Rel4.Contracts.Generator;

/// <summary>Adds a client and a server to each interface with <c>[Contract]</c>.</summary>
/// <remarks>What an interface becomes is text before the compiler's cache looks at it: an edit elsewhere changes nothing and costs no more than that.</remarks>
[Generator(LanguageNames.CSharp)]
public sealed class ContractGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<GeneratedContract> contracts = context.SyntaxProvider.ForAttributeWithMetadataName(
            "Rel4.Contracts.ContractAttribute",
            static (_, _) => true,
            // Anything else the compiler refuses, as the attribute is for interfaces.
            static (found, _) => found.TargetSymbol is INamedTypeSymbol { TypeKind: TypeKind.Interface } type ? ContractText.Of(type) : null)
            .Where(static contract => contract is not null)!;
        context.RegisterSourceOutput(contracts, static (output, contract) =>
        {
            foreach (Problem problem in contract.Problems)
                output.ReportDiagnostic(problem.ToDiagnostic());
            if (contract.Source is { } source)
                output.AddSource(contract.FileName, SourceText.From(source, System.Text.Encoding.UTF8));
        });
    }
}
