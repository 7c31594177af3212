using System.Reflection;

namespace Rel4.Contracts.Tests;

/// <summary>Has what programs name, named arguments included, the names that .NET's own libraries use?</summary>
public sealed class PublicNamesTests
{
    [Fact]
    public void Tokens_OfPublicMethods_AreNamedAsInDotNet()
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        ParameterInfo[] tokens =
        [
            // And what is generated.
            .. typeof(ContractAttribute).Assembly.GetExportedTypes().Append(typeof(CalculatorContract)).SelectMany(type => type.GetMethods(Public))
                .SelectMany(method => method.GetParameters()).Where(parameter => parameter.ParameterType == typeof(CancellationToken)),
        ];

        Assert.Equal(2, tokens.Count(token => token.Member.DeclaringType == typeof(CalculatorContract)));
        Assert.All(tokens, token => Assert.Equal("cancellationToken", token.Name));
    }
}
