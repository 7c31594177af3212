using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace Rel4.Kernel.Mutator;

/// <summary>Rewrites a file of the core: every condition and case goes through a probe, and every expression has its mutants beside it.</summary>
/// <remarks>
/// Outermost first: a mutant's text is the code as it was written, and only what runs without it is rewritten further in, so no code is
/// multiplied by nesting. What the language wants to be constant, patterns, and what is there for debug builds only, stay as they are.
/// </remarks>
internal sealed partial class Instrumenter(SemanticModel model, string file, Catalogue catalogue) : CSharpSyntaxRewriter
{
    /// <summary>Kind of the annotations that name the mutants at a node.</summary>
    public const string Mark = "mutant";

    /// <summary>Kind of the annotations that name the mutants that leave out a jump.</summary>
    public const string JumpMark = "jump";

    public override SyntaxNode? Visit(SyntaxNode? node) => node switch
    {
        InvocationExpressionSyntax { Expression: var called } when called.ToString() is "Debug.Assert" or "AddressIf" => node,
        ExpressionStatementSyntax { Expression: InvocationExpressionSyntax { Expression: var called } } when called.ToString() is "Debug.Assert" => node,
        AttributeListSyntax or PatternSyntax or TypeSyntax and not SimpleNameSyntax or EnumMemberDeclarationSyntax => node,
        BaseFieldDeclarationSyntax field when field.Modifiers.Any(SyntaxKind.ConstKeyword) || field.Modifiers.Any(SyntaxKind.FixedKeyword) => node,
        LocalDeclarationStatementSyntax { IsConst: true } or EqualsValueClauseSyntax { Parent: ParameterSyntax } => node,
        ExpressionSyntax expression => VisitExpression(expression),
        _ => base.Visit(node),
    };

    public override SyntaxNode? VisitMemberAccessExpression(MemberAccessExpressionSyntax node) =>
        node.WithExpression((ExpressionSyntax)Visit(node.Expression)!);

    public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node)
    {
        var visited = (MethodDeclarationSyntax)base.VisitMethodDeclaration(node)!;
        return visited.Body is null ? visited : visited.WithBody(WithHit(visited.Body, AddSite(node, node.Identifier.Text, isCondition: false)));
    }

    private static BlockSyntax WithHit(BlockSyntax block, int site) =>
        block.WithStatements(block.Statements.Insert(0, ParseStatement($"global::Rel4.Kernel.Probe.Hit({site});")));

    private ExpressionSyntax VisitExpression(ExpressionSyntax node)
    {
        if (!IsValue(node))
            return (ExpressionSyntax)base.Visit(node)!;
        if (model.GetConstantValue(node) is { HasValue: true, Value: not null })
            return WithVariantsOfConstant(node);
        if (node is ParenthesizedExpressionSyntax)
            return (ExpressionSyntax)base.Visit(node)!;
        if (model.GetTypeInfo(node).Type?.SpecialType == SpecialType.System_Boolean && IsAtom(node))
            return Probed(node);
        return WithVariants(node, (ExpressionSyntax)base.Visit(node)!, VariantsOf(node));
    }

    /// <summary>Tells whether an expression is there for its value, so that another could stand in its place.</summary>
    private bool IsValue(ExpressionSyntax node)
    {
        bool isPlace = node.Parent switch
        {
            AssignmentExpressionSyntax assignment => assignment.Left == node,
            PrefixUnaryExpressionSyntax unary => unary.Kind() is SyntaxKind.AddressOfExpression or SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression,
            PostfixUnaryExpressionSyntax => true,
            ArgumentSyntax argument => !argument.RefKindKeyword.IsKind(SyntaxKind.None),
            RefExpressionSyntax or ExpressionStatementSyntax or NameColonSyntax or ForStatementSyntax { Condition: null } => true,
            ForStatementSyntax loop => loop.Condition != node,
            ArrowExpressionClauseSyntax => model.GetTypeInfo(node).Type?.SpecialType == SpecialType.System_Void,
            InvocationExpressionSyntax invocation => invocation.Expression == node,
            _ => false,
        };
        return !isPlace
            && node is not (RefExpressionSyntax or AssignmentExpressionSyntax or DeclarationExpressionSyntax or InitializerExpressionSyntax or ThrowExpressionSyntax)
            && node.Parent is not (WhileStatementSyntax { Condition: LiteralExpressionSyntax })
            && model.GetSymbolInfo(node).Symbol is not (ITypeSymbol or INamespaceSymbol);
    }

    private static bool IsAtom(ExpressionSyntax node) =>
        node is not (SwitchExpressionSyntax or PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } or ConditionalExpressionSyntax)
        && !node.IsKind(SyntaxKind.LogicalAndExpression) && !node.IsKind(SyntaxKind.LogicalOrExpression)
        && !node.DescendantNodes().OfType<SingleVariableDesignationSyntax>().Any(name => name.Parent is not DeclarationExpressionSyntax);

    private InvocationExpressionSyntax Probed(ExpressionSyntax node)
    {
        int site = AddSite(node, Text(node), isCondition: true);
        int? isFalse = AddMutant(node, $"{Text(node)} -> false"), isTrue = AddMutant(node, $"{Text(node)} -> true");
        ExpressionSyntax value = WithVariants(node, (ExpressionSyntax)base.Visit(node)!, VariantsOf(node));
        InvocationExpressionSyntax probe = (InvocationExpressionSyntax)ParseExpression(
            $"global::Rel4.Kernel.Probe.At({site}, {isFalse ?? -1}, x)");
        probe = probe.WithArgumentList(probe.ArgumentList.WithArguments(
            probe.ArgumentList.Arguments.Replace(probe.ArgumentList.Arguments[2], Argument(value.WithoutTrivia()))));
        return Marked(probe.WithTriviaFrom(node), isFalse, isTrue);
    }

    /// <summary>Puts variants of an expression beside what it became.</summary>
    private ExpressionSyntax WithVariants(ExpressionSyntax original, ExpressionSyntax visited, IEnumerable<string> variants)
    {
        ExpressionSyntax result = visited;
        foreach (string variant in variants)
        {
            if (AddMutant(original, $"{Text(original)} -> {variant}") is not { } mutant)
                continue;
            result = Marked(
                ParenthesizedExpression(ConditionalExpression(
                    ParseExpression($"global::Rel4.Kernel.Probe.Is({mutant})"),
                    ParenthesizedExpression(ParseExpression(variant)),
                    ParenthesizedExpression(result.WithoutTrivia()))),
                mutant).WithTriviaFrom(original);
        }

        return result;
    }

    private int AddSite(SyntaxNode node, string text, bool isCondition) => catalogue.AddSite(Key(node, text), LineOf(node), isCondition);

    private int? AddMutant(SyntaxNode node, string text) => catalogue.AddMutant(Key(node, text), LineOf(node));

    private string Key(SyntaxNode node, string text)
    {
        IEnumerable<string> members = node.AncestorsAndSelf().Select(ancestor => ancestor switch
        {
            BaseTypeDeclarationSyntax type => type.Identifier.Text,
            MethodDeclarationSyntax method => method.Identifier.Text,
            PropertyDeclarationSyntax property => property.Identifier.Text,
            ConstructorDeclarationSyntax => "new",
            IndexerDeclarationSyntax => "this",
            AccessorDeclarationSyntax accessor => accessor.Keyword.Text,
            _ => null,
        }).OfType<string>().Reverse();
        return $"{file} {string.Join('.', members)}: {text}";
    }

    private static int LineOf(SyntaxNode node) => node.SyntaxTree.GetLineSpan(node.Span).StartLinePosition.Line + 1;

    private static T Marked<T>(T node, params int?[] mutants)
        where T : SyntaxNode =>
        node.WithAdditionalAnnotations(mutants.OfType<int>().Select(mutant => new SyntaxAnnotation(
            Mark, mutant.ToString(System.Globalization.CultureInfo.InvariantCulture))));

    /// <summary>Writes code on one line, without comments.</summary>
    private static string Text(SyntaxNode node) =>
        node.DescendantTrivia().Any(trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia))
            ? string.Join(' ', node.DescendantTokens().Select(token => token.Text))
            : string.Join(' ', node.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
