# Not the nvm whose sum is in the list.
