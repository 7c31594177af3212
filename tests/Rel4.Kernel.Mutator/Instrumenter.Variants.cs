using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Rel4.Kernel.Mutator;

/// <summary>Thinks up wrong expressions.</summary>
internal sealed partial class Instrumenter
{
    private static readonly Dictionary<SyntaxKind, string> OtherOperators = new()
    {
        [SyntaxKind.AddExpression] = "-",
        [SyntaxKind.SubtractExpression] = "+",
        [SyntaxKind.MultiplyExpression] = "+",
        [SyntaxKind.DivideExpression] = "*",
        [SyntaxKind.ModuloExpression] = "/",
        [SyntaxKind.LeftShiftExpression] = ">>",
        [SyntaxKind.RightShiftExpression] = "<<",
        [SyntaxKind.BitwiseAndExpression] = "|",
        [SyntaxKind.BitwiseOrExpression] = "&",
        [SyntaxKind.LessThanExpression] = "<=",
        [SyntaxKind.LessThanOrEqualExpression] = "<",
        [SyntaxKind.GreaterThanExpression] = ">=",
        [SyntaxKind.GreaterThanOrEqualExpression] = ">",
        [SyntaxKind.AddAssignmentExpression] = "-=",
        [SyntaxKind.SubtractAssignmentExpression] = "+=",
        [SyntaxKind.AndAssignmentExpression] = "|=",
        [SyntaxKind.OrAssignmentExpression] = "&=",
    };

    private static readonly Dictionary<string, string> OtherBounds = new() { ["<"] = "<=", ["<="] = "<", [">"] = ">=", [">="] = ">" };

    private IEnumerable<string> VariantsOf(ExpressionSyntax node)
    {
        switch (node)
        {
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.SubtractExpression } difference
                when model.GetTypeInfo(difference.Right).Type is IPointerTypeSymbol:
                break;
            case BinaryExpressionSyntax binary when OtherOperators.TryGetValue(node.Kind(), out string? other):
                yield return $"{Text(binary.Left)} {other} {Text(binary.Right)}";
                break;
            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.BitwiseNotExpression } complement:
                yield return Text(complement.Operand);
                break;
            case IsPatternExpressionSyntax match:
                foreach (string pattern in VariantsOf(match.Pattern))
                    yield return $"{Text(match.Expression)} is {pattern}";
                break;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "Math" } } } call:
                string name = call.Expression.ToString() == "Math.Min" ? "Math.Max" : "Math.Min";
                yield return name + Text(call.ArgumentList);
                break;
        }
    }

    private static IEnumerable<string> VariantsOf(PatternSyntax pattern)
    {
        switch (pattern)
        {
            case RelationalPatternSyntax bound:
                yield return $"{OtherBounds[bound.OperatorToken.Text]} {Text(bound.Expression)}";
                break;
            case BinaryPatternSyntax { RawKind: (int)SyntaxKind.OrPattern } both:
                foreach (string left in VariantsOf(both.Left))
                    yield return $"{left} or {Text(both.Right)}";
                foreach (string right in VariantsOf(both.Right))
                    yield return $"{Text(both.Left)} or {right}";
                yield return Text(both.Left);
                yield return Text(both.Right);
                break;
            case UnaryPatternSyntax { Pattern: ParenthesizedPatternSyntax inner }:
                foreach (string variant in VariantsOf(inner.Pattern))
                    yield return $"not ({variant})";
                break;
        }
    }

    private ExpressionSyntax WithVariantsOfConstant(ExpressionSyntax node)
    {
        TypeInfo type = model.GetTypeInfo(node);
        if (type.Type is { SpecialType: SpecialType.System_Boolean })
            return WithVariants(node, node, [node.IsKind(SyntaxKind.TrueLiteralExpression) ? "false" : "true"]);
        if (type.Type is INamedTypeSymbol { TypeKind: TypeKind.Enum } kind && SymbolEqualityComparer.Default.Equals(kind, type.ConvertedType))
            return WithVariants(node, node, VariantsOfEnum(node, kind));
        if (type.ConvertedType?.SpecialType is not (>= SpecialType.System_SByte and <= SpecialType.System_UInt64) || type.Type?.TypeKind == TypeKind.Enum)
            return node;

        // A constant fits where a variable of its type does not, so both sides say what they are converted to.
        string name = type.ConvertedType.ToDisplayString(), value = node is BinaryExpressionSyntax ? $"({Text(node)})" : Text(node);
        return WithVariants(node, SyntaxFactory.ParseExpression($"({name})({Text(node)})"), [$"unchecked(({name})({value} + 1))"]);
    }

    /// <summary>Gives the next member of an enumeration, or one of two that are combined.</summary>
    private IEnumerable<string> VariantsOfEnum(ExpressionSyntax node, INamedTypeSymbol kind)
    {
        if (node is BinaryExpressionSyntax { RawKind: (int)SyntaxKind.BitwiseOrExpression } both)
            return [Text(both.Left), Text(both.Right)];
        IFieldSymbol[] members = [.. kind.GetMembers().OfType<IFieldSymbol>().Where(member => member.HasConstantValue)];
        int at = Array.FindIndex(members, member => Equals(member.ConstantValue, model.GetConstantValue(node).Value));
        if (at < 0 || members.Length < 2)
            return [];
        string prefix = node is MemberAccessExpressionSyntax access ? Text(access.Expression) + "." : kind.ToDisplayString() + ".";
        return [prefix + members[(at + 1) % members.Length].Name];
    }
}
