/// <summary>Adds, and tells of its own process.</summary>
internal sealed class Sums : ISums
{
    /// <inheritdoc/>
    public ValueTask<int> AddAsync(int left, int right) => new(left + right);

    /// <inheritdoc/>
    public ValueTask<string> AssembliesAsync() => new(string.Join(
        ' ', AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!)
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)));
}
