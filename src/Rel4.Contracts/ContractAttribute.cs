namespace Rel4.Contracts;

/// <summary>Makes an interface a contract: the source generator adds a class with its client and its server.</summary>
/// <remarks>
/// <c>ICalculator</c> becomes <c>CalculatorContract</c>, in the same namespace, with <c>Connect</c> and <c>ServeAsync</c>. The name that goes with
/// each message, as a hash, is the interface's full name unless <see cref="Name"/> says otherwise.
/// </remarks>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class ContractAttribute : Attribute
{
    /// <summary>Gets or sets the name by which both sides know the contract; null for the interface's full name.</summary>
    public string? Name { get; set; }
}
