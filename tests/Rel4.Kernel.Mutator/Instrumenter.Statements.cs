using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace Rel4.Kernel.Mutator;

/// <summary>Leaves statements and cases out.</summary>
internal sealed partial class Instrumenter
{
    public override SyntaxNode? VisitExpressionStatement(ExpressionStatementSyntax node)
    {
        var visited = (StatementSyntax)base.VisitExpressionStatement(node)!;
        if (node.Expression is AssignmentExpressionSyntax assignment && OtherOperators.TryGetValue(assignment.Kind(), out string? other))
        {
            string variant = $"{Text(assignment.Left)} {other} {Text(assignment.Right)};";
            if (AddMutant(node, $"{Text(node)} -> {variant}") is { } mutant)
                visited = Choice(mutant, ParseStatement(variant), visited);
        }

        return GivesFirstValue(node.Expression) ? visited : Removable(node, visited);
    }

    public override SyntaxNode? VisitContinueStatement(ContinueStatementSyntax node) => Jump(node);

    public override SyntaxNode? VisitReturnStatement(ReturnStatementSyntax node) =>
        node.Expression is null && node.Parent is not SwitchSectionSyntax ? Jump(node) : base.VisitReturnStatement(node);

    public override SyntaxNode? VisitBreakStatement(BreakStatementSyntax node) =>
        node.Ancestors().First(outer => outer is SwitchSectionSyntax or WhileStatementSyntax or ForStatementSyntax) is SwitchSectionSyntax
            ? node
            : Jump(node);

    public override SyntaxNode? VisitSwitchSection(SwitchSectionSyntax node)
    {
        SwitchSectionSyntax visited = node.WithStatements(VisitList(node.Statements));
        if (node.Labels.Any(SyntaxKind.DefaultSwitchLabel))
        {
            int site = AddSite(node, $"default of switch ({SwitchedOn(node)})", isCondition: false);
            visited = visited.WithStatements(visited.Statements.Insert(0, ParseStatement($"global::Rel4.Kernel.Probe.Hit({site});")));
        }

        return visited.WithLabels(List(node.Labels.Select(label => label switch
        {
            CaseSwitchLabelSyntax simple => Guarded(node, label, ConstantPattern(simple.Value), null),
            CasePatternSwitchLabelSyntax pattern => Guarded(node, label, pattern.Pattern, pattern.WhenClause),
            _ => label,
        })));
    }

    public override SyntaxNode? VisitSwitchExpressionArm(SwitchExpressionArmSyntax node)
    {
        var value = (ExpressionSyntax)Visit(node.Expression)!;
        string name = $"{Text(node.Pattern)}{(node.WhenClause is null ? "" : " " + Text(node.WhenClause))} of {SwitchedOn(node)} switch";
        int site = AddSite(node, name, isCondition: false);
        if (node.Pattern is DiscardPatternSyntax)
            return node.WithExpression(value).WithWhenClause(When(ParseExpression($"global::Rel4.Kernel.Probe.Hit({site})")));
        int? mutant = AddMutant(node, $"{name} -> no such arm");
        ExpressionSyntax arm = Marked(ParseExpression($"global::Rel4.Kernel.Probe.Arm({site}, {mutant ?? -1})"), mutant);
        return node.WithExpression(value).WithWhenClause(When(And(node.WhenClause, arm)));
    }

    private CasePatternSwitchLabelSyntax Guarded(SyntaxNode section, SwitchLabelSyntax label, PatternSyntax pattern, WhenClauseSyntax? when)
    {
        string name = $"{Text(label).TrimEnd(':')} of switch ({SwitchedOn(section)})";
        int site = AddSite(label, name, isCondition: false);
        int? mutant = AddMutant(label, $"{name} -> no such case");
        ExpressionSyntax arm = Marked(ParseExpression($"global::Rel4.Kernel.Probe.Arm({site}, {mutant ?? -1})"), mutant);
        return CasePatternSwitchLabel(Token(SyntaxKind.CaseKeyword).WithTrailingTrivia(Space), pattern, When(And(when, arm)), Token(SyntaxKind.ColonToken))
            .WithTriviaFrom(label);
    }

    private static WhenClauseSyntax When(ExpressionSyntax condition) =>
        WhenClause(Token(SyntaxKind.WhenKeyword).WithLeadingTrivia(Space).WithTrailingTrivia(Space), condition);

    private ExpressionSyntax And(WhenClauseSyntax? when, ExpressionSyntax arm) => when is null
        ? arm
        : BinaryExpression(SyntaxKind.LogicalAndExpression, ParenthesizedExpression((ExpressionSyntax)Visit(when.Condition)!), arm);

    private static string SwitchedOn(SyntaxNode node) => node.Parent switch
    {
        SwitchStatementSyntax statement => Text(statement.Expression),
        SwitchExpressionSyntax expression => Text(expression.GoverningExpression),
        _ => "",
    };

    private StatementSyntax Removable(StatementSyntax original, StatementSyntax visited) =>
        AddMutant(original, $"{Text(original)} -> nothing") is { } mutant ? Choice(mutant, Block(), visited) : visited;

    private StatementSyntax Jump(StatementSyntax node) => Removable(node, node) is var choice && choice == node
        ? node
        : choice.WithAdditionalAnnotations(choice.GetAnnotations(Mark).Select(mark => new SyntaxAnnotation(JumpMark, mark.Data)));

    /// <summary>Makes a block of it, so that no <c>else</c> behind it goes astray.</summary>
    private static BlockSyntax Choice(int mutant, StatementSyntax variant, StatementSyntax otherwise) => Marked(
        Block(IfStatement(
            ParseExpression($"global::Rel4.Kernel.Probe.Is({mutant})"), Block(variant), ElseClause(Block(otherwise)))),
        mutant);

    /// <summary>Tells whether a variable has no value before an expression, so that the language insists on it.</summary>
    private bool GivesFirstValue(ExpressionSyntax expression)
    {
        if (expression is AssignmentExpressionSyntax { Left: var left })
        {
            if (left is TupleExpressionSyntax or DeclarationExpressionSyntax)
                return true;
            return model.GetSymbolInfo(left).Symbol switch
            {
                ILocalSymbol local => local.DeclaringSyntaxReferences[0].GetSyntax() is not VariableDeclaratorSyntax { Initializer: not null },
                IParameterSymbol { RefKind: RefKind.Out } => true,
                _ => left is IdentifierNameSyntax or MemberAccessExpressionSyntax && left.Ancestors().Any(outer => outer is ConstructorDeclarationSyntax),
            };
        }

        return expression.DescendantNodes().OfType<ArgumentSyntax>().Any(argument => argument.RefKindKeyword.IsKind(SyntaxKind.OutKeyword));
    }
}
