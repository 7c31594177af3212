namespace Rel4.Contracts;

/// <summary>Says by which number, or which name, both sides know a method of a contract.</summary>
/// <remarks>Without it that is a hash of the method's name: the order of methods means nothing. Overloads need it, and so does a method that is renamed.</remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ContractMethodAttribute : Attribute
{
    /// <summary>Gives a number.</summary>
    /// <param name="number">1 to 2^31 - 1; numbers of names are above.</param>
    public ContractMethodAttribute(int number) => Number = number;

    /// <summary>Gives a name, for example the one that the method had before.</summary>
    /// <param name="name">The name.</param>
    public ContractMethodAttribute(string name) => Name = name;

    /// <summary>Gets the number; 0 if a name was given.</summary>
    public int Number { get; }

    /// <summary>Gets the name; null if a number was given.</summary>
    public string? Name { get; }
}
