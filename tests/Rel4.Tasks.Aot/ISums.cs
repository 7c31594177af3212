using Rel4.Contracts;

/// <summary>What the plug-in does for its host.</summary>
[Contract]
internal interface ISums
{
    /// <summary>Adds.</summary>
    ValueTask<int> AddAsync(int left, int right);

    /// <summary>Lists what the plug-in consists of beside .NET.</summary>
    ValueTask<string> AssembliesAsync();
}
